// The version, which a test compares with package.json.
import type { JsonWriter } from "./json_writer.ts";
import type { Host } from "./session.ts";

export const PROGRAM = "bpf-maps";
export const VERSION = "0.1.0";
/** The Linux release whose answers the engine gives. */
export const LINUX_VERSION = "6.18";

export function printVersion({ host, json }: { host: Host; json: JsonWriter | undefined }): void {
  if (!json) {
    host.out(`${PROGRAM} v${VERSION}\nanswering as Linux ${LINUX_VERSION}\n`);
    return;
  }
  json.beginObject();
  json.name("version");
  json.string(VERSION);
  json.name("linux_version");
  json.string(LINUX_VERSION);
  json.endObject();
}
