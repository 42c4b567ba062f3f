// The descriptors that the programs of these tests name, on the live kernel and before our verifier.
import { readdirSync, readFileSync } from "node:fs";
import { MapType } from "../../../assembly/uapi/constants.ts";
import type { BtfFacts, ObjectFacts } from "../../../vm/image.ts";
import type { LiveBpf } from "../live/bpf.node.ts";
import { mapFacts } from "../structure/world.ts";
import { MAPS } from "./maps.ts";
import type { MapName } from "./maps.ts";

/** Maps by name, their descriptors, and what the verifier is told of them. */
export interface WalkWorld {
  readonly fds: Readonly<Record<MapName, number>>;
  readonly descriptors: Map<number, ObjectFacts>;
  readonly kernelBtf: BtfFacts | undefined;
}

export function walkWorld(live: LiveBpf): WalkWorld {
  const descriptors = new Map<number, ObjectFacts>();
  const fds: Record<string, number> = {};
  for (const [name, fields] of Object.entries(MAPS)) {
    const inner = fields.type === MapType.ARRAY_OF_MAPS ? fds.a : undefined;
    const fd = live.mapCreate({ ...fields, ...(inner === undefined ? {} : { innerMapFd: inner }) });
    if ("frozen" in fields) live.freeze(fd);
    const facts = inner === undefined ? undefined : descriptors.get(inner);
    fds[name] = fd;
    descriptors.set(fd, { kind: "map", map: mapFacts({ ...fields, ...(facts?.kind === "map" ? { inner: facts.map } : {}) }) });
  }
  for (const name of readdirSync("/proc/self/fd")) if (!descriptors.has(Number(name))) descriptors.set(Number(name), { kind: "other" });
  return { fds: fds as WalkWorld["fds"], descriptors, kernelBtf: { id: 1, bytes: readFileSync("/sys/kernel/btf/vmlinux"), kernel: true } };
}
