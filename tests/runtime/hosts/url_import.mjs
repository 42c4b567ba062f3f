// The self-contained file, imported by URL (the first argument), without any package installed.
const url = globalThis.Deno ? Deno.args[0] : process.argv[2];
const { Kernel, u32 } = await import(url);
const map = Kernel.loadSync().createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
map.set(1, 2);
if (map.get(1) !== 2) throw new Error("url import: a value came back changed");
console.log(`\n@@report ${JSON.stringify({ smoke: "imported by URL", error: "" })}`);
