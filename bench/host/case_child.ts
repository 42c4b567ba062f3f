// The process of case_process.ts.
import type { OpenCase } from "../harness/run_cases.ts";
import { openCase } from "../harness/run_cases.ts";
import { subjects } from "../subjects.ts";
import type { Answer, Order, Request } from "./case_process.ts";
import { nodeBench } from "./node_host.ts";

let open: OpenCase | undefined;

async function prepare({ subject, name, scale, sides }: Order): Promise<Answer> {
  const one = subjects.find((candidate) => candidate.name === subject)!.cases.find((candidate) => candidate.name === name)!;
  open = await openCase(one, nodeBench(scale), sides && ((side) => sides.includes(side)));
  return { opened: { sides: open.sides, skipped: open.skipped, notes: open.notes } };
}

const answer = async (request: Exclude<Request, "end">): Promise<Answer> =>
  request === "round" ? { values: await open!.round() } : prepare(request.order);

process.on("message", async (request: Request) => {
  if (request === "end") {
    await open?.close();
    process.exit(0);
  }
  process.send!(await answer(request).catch((error: Error): Answer => ({ error: error.message })));
});
