// The bench page in browsers.
//   npm run bench:browser                         in Chromium and Firefox, headless; prints what they measured
//   npm run bench:browser -- --only firefox       in one of them; --quick and --all as on the page, --json FILE
//   npm run bench:browser -- --serve              prints the address for a browser of your own, until Ctrl-C
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BrowserName, BROWSERS } from "../tests/runtime/browsers.ts";
import { installBrowser, installPackages } from "../tests/runtime/setup.ts";
import { align, digits, type plain } from "./harness/table.ts";
import { type TargetRow, targetTable } from "./harness/targets.ts";
import { buildPage } from "./page/build.ts";
import { serveBench } from "./page/server.ts";

const TIMEOUT_MS = 900_000;
const PAGE = fileURLToPath(new URL("../build/bench-page", import.meta.url));

interface PageReport {
  userAgent: string;
  error?: string;
  isolated?: boolean;
  cases: ReturnType<typeof plain>;
  targets: TargetRow[];
}

const { values: options } = parseArgs({
  options: {
    serve: { type: "boolean", default: false },
    port: { type: "string", default: "0" },
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    json: { type: "string" },
  },
});

async function runBrowser(browser: BrowserName): Promise<PageReport> {
  const server = await serveBench(PAGE);
  const messages: string[] = [];
  const query = ["auto", ...(options.quick ? ["quick"] : []), ...(options.all ? ["all"] : [])].join("&");
  const close = await BROWSERS[browser](`${server.origin}/index.html?${query}`, messages);
  const started = Date.now();
  let timer: NodeJS.Timeout | undefined;
  // A page that has thrown before its own error handling is there posts nothing, ever.
  const late = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (messages.length === 0 && Date.now() - started < TIMEOUT_MS) return;
      reject(new Error(`${browser} posted no report\n${messages.join("\n")}`));
    }, 1000);
  });
  try {
    return (await Promise.race([server.report, late])) as PageReport;
  } finally {
    clearInterval(timer);
    await close();
    server.close();
  }
}

function print(browser: string, { userAgent, isolated, cases, targets, error }: PageReport): void {
  console.log(`\n${browser}: ${userAgent}${isolated ? "" : " (not isolated: a coarse clock)"}`);
  if (error !== undefined) {
    console.log(error);
    process.exitCode = 1;
    return;
  }
  for (const { subject, name, unit, sides, skipped } of cases) {
    console.log(`\n${subject}: ${name}`);
    if (sides.length > 0) console.log(align(sides.map((side) => [`  ${side.name}`, digits(side.median), unit])));
    for (const skip of skipped) console.log(`  skipped ${skip.name}: ${skip.reason}`);
  }
  // JSON has no NaN: a row that was not measured comes back without its number.
  const rows = targets.map((row) => ({ ...row, value: row.value ?? NaN }));
  console.log(`\n${targetTable(rows, !options.quick)}`);
}

await buildPage(PAGE);
if (options.serve) {
  const { origin } = await serveBench(PAGE, Number(options.port));
  console.log(`The bench page is at ${origin}/ (Ctrl-C ends it).`);
} else {
  installPackages();
  const reports: Record<string, PageReport> = {};
  for (const browser of Object.keys(BROWSERS) as BrowserName[]) {
    if (!browser.includes(options.only)) continue;
    const reason = installBrowser(browser);
    if (reason !== undefined) {
      console.log(`skipped ${browser}: ${reason}`);
      continue;
    }
    reports[browser] = await runBrowser(browser);
    print(browser, reports[browser]);
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(reports, null, 2)}\n`);
}
