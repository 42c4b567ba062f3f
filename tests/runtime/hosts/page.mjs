// Host of the suites in a browser page: posts its report to the server the page came from.
const report = { smoke: "", error: "", summary: undefined };
const send = () => fetch("/report", { method: "POST", body: JSON.stringify(report) });
try {
  report.smoke = await (await import("./smoke.mjs")).smoke();
  const query = new URLSearchParams(location.search);
  if (query.get("suites") !== "no") report.summary = await (await import("./suite.mjs")).runSuites();
} catch (error) {
  report.error = String(error?.stack ? `${error}\n${error.stack}` : error);
}
await send();
