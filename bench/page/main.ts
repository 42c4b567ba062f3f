// The bench page: runs the portable cases and draws them. With ?auto it starts by itself and posts what it measured.
import { type Bench, FULL, QUICK } from "../harness/case.ts";
import { type CaseResult, runCase, select } from "../harness/run_cases.ts";
import { digits, plain } from "../harness/table.ts";
import { targetRows } from "../harness/targets.ts";
import { subjects } from "../subjects.ts";
import { chart } from "./chart.ts";

const status = document.querySelector("#status")!;
const results = document.querySelector("#results")!;
const button = document.querySelector<HTMLButtonElement>("#run")!;

const nextFrame = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const fetchBytes = async (name: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(name)).arrayBuffer());

function pageBench(quick: boolean): Bench {
  return {
    scale: quick ? QUICK : { ...FULL, rounds: 5 },
    gc: () => (globalThis as { gc?: () => void }).gc?.(),
    breathe: nextFrame,
    data: async (name) => {
      const response = await fetch(name);
      return response.ok ? response.text() : undefined;
    },
    limitWasm: () => fetchBytes("limit.wasm"),
    coreWasm: () => fetchBytes("core.wasm"),
  };
}

function paragraph(text: string, className: string): HTMLParagraphElement {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text;
  return made;
}

/** Tiny sizes are not judged. */
function show(result: CaseResult, quick: boolean): void {
  const section = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = `${result.subject}: ${result.case.name}`;
  section.append(heading);
  if (result.sides.length > 0) section.append(chart(result));
  for (const row of targetRows([result])) {
    if (row.met === undefined || quick) continue;
    const text = `target ${row.nr}: ${digits(row.value)} of at most ${row.target}, ${row.met ? "met" : "not met"}`;
    section.append(paragraph(text, row.met ? "met" : "missed"));
  }
  for (const { name, reason } of result.skipped) section.append(paragraph(`skipped ${name}: ${reason}`, "note"));
  for (const note of result.notes) section.append(paragraph(note, "note"));
  results.append(section);
}

async function run(quick: boolean, all: boolean): Promise<CaseResult[]> {
  results.replaceChildren();
  const bench = pageBench(quick);
  const cases = select(subjects, "", (one) => one.portable && (all || one.targets !== undefined));
  const done: CaseResult[] = [];
  for (const [index, { subject, case: one }] of cases.entries()) {
    const result = await runCase(subject, one, bench, (name, round) => {
      status.textContent = `${index + 1} of ${cases.length}: ${subject}: ${name}, round ${round}`;
    });
    show(result, quick);
    done.push(result);
  }
  status.textContent = `${cases.length} cases${quick ? " with tiny sizes" : ""} on ${navigator.userAgent}`;
  return done;
}

async function post(report: unknown): Promise<void> {
  await fetch("/report", { method: "POST", body: JSON.stringify(report) });
}

const parameters = new URLSearchParams(location.search);
if (parameters.has("auto")) {
  const { userAgent } = navigator;
  try {
    const done = await run(parameters.has("quick"), parameters.has("all"));
    await post({ userAgent, isolated: crossOriginIsolated, cases: plain(done), targets: targetRows(done) });
  } catch (error) {
    status.textContent = String(error);
    await post({ userAgent, error: error instanceof Error ? (error.stack ?? String(error)) : String(error) });
  }
}

document.querySelector<HTMLFormElement>("#form")!.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  button.disabled = true;
  try {
    await run(form.get("size") === "quick", form.has("all"));
  } catch (error) {
    status.textContent = String(error);
  } finally {
    button.disabled = false;
  }
});
