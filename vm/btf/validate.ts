import { Errno } from "../../assembly/uapi/constants.ts";
import { parseHeader } from "./header.ts";
import { checkStructFields } from "./fields.ts";
import * as kinds from "./kinds.ts";
import { BtfError } from "./log.ts";
import { checkType } from "./meta.ts";
import { Resolver } from "./resolve.ts";
import { BtfTypes } from "./types.ts";

/** What BTF_LOAD says of bytes. */
export interface BtfVerdict {
  /** 0, or a positive errno. */
  readonly errno: number;
  /** The text of the log, the same at every level, without the NUL. */
  readonly log: string;
  /** The types: there when errno is 0. */
  readonly types?: BtfTypes;
}

/** Checks BTF as BTF_LOAD does: header, each type by itself, references, tags, special fields. */
export function validateBtf(bytes: Uint8Array): BtfVerdict {
  const header = parseHeader(bytes);
  if ("errno" in header) return header;
  const types = new BtfTypes(bytes, header.sections);
  const lines: string[] = [];
  const logWith = (end: string): string => `${header.log}${lines.map((line) => `${line}\n`).join("")}${end}`;
  try {
    for (let at = header.sections.typesStart; at < header.sections.typesEnd; ) at = checkType(types, at, lines);
    new Resolver(types).resolveAll();
    checkTagOrder(types);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return { errno: error.errno, log: logWith(error.message) };
  }
  const errno = checkStructFields(types);
  return errno === 0 ? { errno, log: logWith(""), types } : { errno, log: logWith("") };
}

/** Type tags come before the typedefs and qualifiers of the type that they tag. */
function checkTagOrder(types: BtfTypes): void {
  for (let id = 1; id < types.end; id++) {
    const kind = types.kind(id);
    if (!kinds.isModifierKind(kind) && kind !== kinds.PTR) continue;
    let inTags = kind === kinds.PTR || kind === kinds.TYPE_TAG;
    for (let at = types.sizeOrType(id); kinds.isModifierKind(types.kind(at)); at = types.sizeOrType(at)) {
      if (types.kind(at) !== kinds.TYPE_TAG) inTags = false;
      else if (!inTags) throw new BtfError(Errno.EINVAL, "Type tags don't precede modifiers");
    }
  }
}
