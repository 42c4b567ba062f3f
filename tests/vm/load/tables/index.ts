export { load, loadAttach } from "./load.ts";
export { mapsWithBtf } from "./map_btf.ts";
export { attaching, objects, programReferences } from "./objects.ts";
