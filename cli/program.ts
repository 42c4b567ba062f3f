// Programs as values of a program array. There are none in this kernel, so no selector finds one; what is checked before
// that is checked here too.
import { BPF_OBJ_GET } from "../bindings/index.ts";
import { errorText, Fail, Silent } from "./fail.ts";
import { Errno } from "../assembly/uapi/constants.ts";
import { plainPath } from "./paths.ts";
import type { Session } from "./session.ts";
import { isPrefix, parseUnsigned, type Words } from "./words.ts";

const ID_WARNING =
  "Warning: updating program array via MAP_ID, make sure this map is kept open\n" +
  "         by some process or pinned otherwise update will be lost\n";

/** Takes a selector of a program and opens it; ends the command, as there is none. */
export function takeProgram(session: Session, words: Words): number {
  const word = words.next();
  const kind = ["id", "tag", "name", "pinned"].find((keyword) => isPrefix(word, keyword));
  if (kind === undefined) throw new Fail(`expected 'id', 'tag', 'name' or 'pinned', got: '${word}'?`);
  const value = words.next();
  switch (kind) {
    case "id": {
      if (!session.json) session.host.err(ID_WARNING);
      const id = parseUnsigned(value, 0, 32);
      if (id === undefined) throw new Fail(`can't parse ${value} as ID`);
      throw new Fail(`get by id (${id}): ${errorText(-Errno.ENOENT)}`);
    }
    case "tag":
      if (!/^(?:[0-9a-fA-F]{1,2}){8}$/.test(value)) throw new Fail("can't parse tag");
      throw new Silent();
    case "name":
      throw new Silent();
    default: {
      const fd = session.kernel.bpf(BPF_OBJ_GET, { pathname: plainPath(value) });
      if (fd < 0) throw new Fail(`bpf obj get (${value}): ${errorText(fd)}`);
      session.kernel.close(fd);
      throw new Fail("incorrect object type: map");
    }
  }
}
