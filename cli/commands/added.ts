// The commands of `map` that bpftool does not have.
import { Fail } from "../fail.ts";
import type { Added } from "../run.ts";
import { exportFile } from "./export.ts";
import { follow } from "./follow.ts";
import { importFile } from "./import.ts";

export const runAdded: Added = (session, row, words) => {
  if (row.words[0] === "import" && words.has("-")) session.host.tookInput = true;
  switch (row.words[0]) {
    case "import":
      return importFile(session, words);
    case "export":
      return exportFile(session, words);
    case "follow":
      return follow(session, words);
    default:
      throw new Fail(`'${row.words[0]}' is not available here`);
  }
};
