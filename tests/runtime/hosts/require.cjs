// Host of the smoke test in CommonJS: the package and its compiled module by `require`, and what `import` makes of both.
const library = require("bpf-maps");
const module_ = require("bpf-maps/wasm");

async function run() {
  const { smokeWith } = await import("./smoke_with.mjs");
  const smoke = await smokeWith(library);
  await smokeWith(library, { module: module_ });
  const imported = await import("bpf-maps");
  await smokeWith(imported, { module: (await import("bpf-maps/wasm")).default });
  // Errors of both are known by name and code, also where they are of two copies.
  const isOne = imported.BpfError === library.BpfError;
  return `${smoke}; import and require give ${isOne ? "one copy" : "two copies"}`;
}

run().then(
  (smoke) => console.log(`\n@@report ${JSON.stringify({ smoke, error: "" })}`),
  (error) => console.log(`\n@@report ${JSON.stringify({ smoke: "", error: error.stack })}`),
);
