// Finds what documents show: fenced blocks of markdown files, and the @example blocks of docstrings.
import { readFileSync } from "node:fs";

/** A piece of a document that is shown as code. */
export interface Block {
  /** "README.md:17". */
  where: string;
  /** The word behind the fence: "ts", "sh", "console"; "example" for docstrings. */
  language: string;
  text: string;
}

/** The fenced blocks of a markdown file, also those that stand indented in a list. An open fence is an error. */
export function fencedBlocks(path: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: string; block: Block } | undefined;
  readFileSync(path, "utf8").split("\n").forEach((line, index) => {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(line);
    if (open === undefined) {
      if (fence === null) return;
      open = { fence: fence[2], indent: fence[1], block: { where: `${path}:${index + 1}`, language: fence[3], text: "" } };
    } else if (fence !== null && fence[2].startsWith(open.fence) && fence[3] === "") {
      blocks.push(open.block);
      open = undefined;
    } else {
      open.block.text += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart()}\n`;
    }
  });
  if (open !== undefined) throw new Error(`${open.block.where}: the block is not closed`);
  return blocks;
}

/** The @example blocks of a source file: the comment's lines up to its end or its next tag. */
export function docExamples(path: string): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  readFileSync(path, "utf8").split("\n").forEach((line, index) => {
    const comment = /^\s*\* ?(.*)$/.exec(line);
    if (comment === null || line.trim() === "*/" || /^@\w/.test(comment[1])) block = undefined;
    if (comment !== null && comment[1].trim() === "@example") {
      block = { where: `${path}:${index + 1}`, language: "example", text: "" };
      blocks.push(block);
    } else if (block !== undefined && comment !== null) {
      block.text += `${comment[1]}\n`;
    }
  });
  return blocks;
}

/** Links of a markdown file to files: [text](path), without anchors and other protocols. */
export function fileLinks(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/^(`{3,})[\s\S]*?^\1/gm, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1].replace(/#.*/, ""));
  return targets.filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
