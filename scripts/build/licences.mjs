// The licences of what is bundled: dist/ carries the code of other packages, and their licences ask to come along.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StepError } from "./files.mjs";

// Packages that are published without the licence of the project that they are a part of.
const PROJECT_OF = { "@assemblyscript/loader": "assemblyscript" };

const bundled = new Set();

/** An esbuild plugin that notes which packages a bundle takes files from. */
export const noteLicences = {
  name: "note-licences",
  setup({ initialOptions, onEnd }) {
    initialOptions.metafile = true;
    onEnd(({ metafile }) => {
      for (const path of Object.keys(metafile?.inputs ?? {})) {
        const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1];
        if (name !== undefined) bundled.add(name);
      }
    });
  },
};

function licenceOf(name) {
  const folder = join("node_modules", PROJECT_OF[name] ?? name);
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)(\.|$)/i.test(file)).sort();
  if (texts.length === 0) throw new StepError(`${name} is bundled, but ${folder} has no licence to go with it`);
  const { version, license } = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
  return [`${name} ${version}, ${license}`, ...texts.map((file) => readFileSync(join(folder, file), "utf8").trim())].join("\n\n");
}

/** The text for all packages that were noted. */
export function licences() {
  const rule = `\n\n${"-".repeat(80)}\n\n`;
  return `The files of this folder contain code of these packages.\n\n${[...bundled].sort().map(licenceOf).join(rule)}\n`;
}
