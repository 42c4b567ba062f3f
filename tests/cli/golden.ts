// The golden files of the command line: scripts of bpftool command lines with the answers the real tool gave. A file is
// read for its script, played through any tool, and printed again; two tools agree when the two texts are equal.
//
//   # comment
//   % NAME                    a file for `batch file {tmp}/NAME`; its lines follow, each after "%|"
//   $ [@MARK ...] ARGUMENTS   one run; {id:X} is the id of the map pinned at /sys/fs/bpf/X, 'quotes' as in a shell
//   |line   !line             stdout, stderr; a last line without a newline is followed by |\ or !\
//   = CODE                    the exit code, left out when 0
//
// Marks: @all runs the line plain, with -j and with -p; @unordered sorts elements (hash maps without ZERO_SEED);
// @ids replaces map ids inside value bytes; @pins sorts pinned paths; @stdin:NAME feeds a file; @new:X says that
// the line pins a new map at /sys/fs/bpf/X (a create on the command line says so itself).

/** One run of the tool. */
export interface Answer {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs one command line and says what it printed. */
export type Tool = (argv: string[], stdin: string | undefined) => Answer | Promise<Answer>;

/** What a script is played on. `tmp` holds the script's files. */
export interface Stage {
  tool: Tool;
  tmp: string;
  writeFile(path: string, text: string): void;
}

/** Cuts a line into words as a shell does: blanks separate, single quotes keep. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/'([^']*)'|(\S+)/g)) words.push(match[1] ?? match[2]);
  return words;
}

function printStream(mark: string, text: string): string {
  if (text === "") return "";
  const lines = text.split("\n");
  const open = lines.pop();
  const printed = lines.map((line) => `${mark}${line}\n`).join("");
  return open === "" ? printed : `${printed}${mark}${open}\n${mark}\\\n`;
}

/** Help texts are each tool's own; what must agree is when and where one is printed. */
function hideUsage(text: string): string {
  return text
    .replace(/^Usage: \S+ map (?:[^\n]*\n)+?(?:\n|(?! {2,})|$)(?: {2,}[^\n]*\n)*/m, "<usage of map>\n")
    .replace(/^Usage: \S+ \[OPTIONS\] OBJECT(?:[^\n]*\n)+?(?:\n|(?! {2,})|$)(?: {2,}[^\n]*\n)*/gm, "<usage>\n");
}

interface Known {
  /** Map id → the name its pin has in the script. */
  names: Map<number, string>;
}

/** Drops maps that the script did not create: on a live kernel other programs have maps too. */
function hideForeign(text: string, known: Known): string {
  const foreign = (id: string): boolean => !known.names.has(Number(id));
  let result = text.replace(/^(\d+): \S+ {2}.*\n(?:\t.*\n)*/gm, (block, id: string) => (foreign(id) ? "" : block));
  if (/^\[\{\s*"id": ?\d+/.test(result)) {
    const objects = [...result.matchAll(/\{\s*"id": ?(\d+)[^{}]*\}/g)];
    if (objects.some((object) => foreign(object[1]))) {
      const kept = objects.filter((object) => !foreign(object[1])).map((object) => object[0]);
      result = `[${kept.join(",")}${result.includes("\n    }") ? "\n]" : "]"}\n`;
    }
  }
  return result;
}

function hideIds(text: string, known: Known): string {
  const name = (id: string): string => {
    const known_ = known.names.get(Number(id));
    return known_ === undefined ? id : `<${known_}>`;
  };
  return text
    .replace(/^(\d+)(?=: \S+ {2})/gm, (id) => name(id))
    .replace(/("id": ?)(\d+)/g, (_, key: string, id: string) => key + name(id));
}

function hideIdBytes(text: string, known: Known): string {
  let result = text;
  for (const [id, name] of known.names) {
    const bytes = [0, 8, 16, 24].map((shift) => ((id >>> shift) & 0xff).toString(16).padStart(2, "0"));
    const json = bytes.map((byte) => `"0x${byte}"`).join(",");
    result = result.replaceAll(`value: ${bytes.join(" ")}\n`, `value: <${name}>\n`);
    result = result.replace(new RegExp(`("value": ?\\[)${json}`, "g"), `$1<${name}>`);
  }
  return result;
}

function sortElements(text: string): string {
  const blocks = text.match(/^key:(?:.*\n)(?:(?!key:|Found ).*\n)*/gm);
  if (blocks) return text.replace(/(?:^key:.*\n(?:(?!key:|Found ).*\n)*)+/m, blocks.sort().join(""));
  return text.replace(/\[(\{"key".*\})\]/s, (_, all: string) => `[{${all.slice(1, -1).split("},{").sort().join("},{")}}]`);
}

function sortPins(text: string): string {
  return text
    .replace(/(?:^\tpinned .*\n)+/gm, (lines) => `${lines.trimEnd().split("\n").sort().join("\n")}\n`)
    .replace(/("pinned": ?\[)([^\]]*?)(\s*\])/g, (_, open: string, all: string, close: string) =>
      open + all.split(",").sort().join(",") + close,
    );
}

/** Plays `script` (a golden file's text; its answers are ignored) and returns it with the tool's answers. */
export async function play(script: string, stage: Stage): Promise<string> {
  const known: Known = { names: new Map() };
  const files = new Map<string, string>();
  let file = "";
  let output = "";
  const idOf = async (name: string): Promise<number> => {
    const shown = await stage.tool(["-j", "map", "show", "pinned", `/sys/fs/bpf/${name}`], undefined);
    return Number(/"id":(\d+)/.exec(shown.stdout)?.[1] ?? 0);
  };

  for (const line of script.split("\n")) {
    if (line.startsWith("% ")) {
      file = line.slice(2);
      files.set(file, "");
    } else if (line.startsWith("%|")) {
      files.set(file, `${files.get(file) ?? ""}${line.slice(2)}\n`);
    }
    if (!line.startsWith("$ ")) {
      if (!/^[|!=]/.test(line)) output += `${line}\n`;
      continue;
    }
    const words = splitLine(line.slice(2));
    const marks = new Set<string>();
    while (words[0]?.startsWith("@")) marks.add(words.shift() as string);
    for (const [name, text] of files) stage.writeFile(`${stage.tmp}/${name}`, text.replaceAll("{tmp}", stage.tmp));
    const stdinName = [...marks].find((mark) => mark.startsWith("@stdin:"))?.slice(7);
    const stdin = stdinName === undefined ? undefined : files.get(stdinName);

    const argv: string[] = [];
    for (const word of words) {
      const id = /^\{id:(\S+)\}$/.exec(word);
      argv.push(id ? String(await idOf(id[1])) : word.replaceAll("{tmp}", stage.tmp));
    }
    output += `${line}\n`;
    for (const mode of marks.has("@all") ? [[], ["-j"], ["-p"]] : [[]]) {
      const answer = await stage.tool([...mode, ...argv], stdin);
      const created = argv.indexOf("create");
      const news = [...marks].filter((mark) => mark.startsWith("@new:")).map((mark) => mark.slice(5));
      if (created >= 0 && argv[created + 1]?.startsWith("/sys/fs/bpf/")) news.push(argv[created + 1].slice(12));
      for (const path of news) {
        const id = await idOf(path);
        if (id !== 0 && !known.names.has(id)) known.names.set(id, path);
      }
      let stdout = hideIds(hideForeign(hideUsage(answer.stdout), known), known).replaceAll(stage.tmp, "{tmp}");
      if (marks.has("@ids")) stdout = hideIdBytes(stdout, known);
      if (marks.has("@unordered")) stdout = sortElements(stdout);
      if (marks.has("@pins")) stdout = sortPins(stdout);
      const stderr = hideUsage(answer.stderr).replaceAll(stage.tmp, "{tmp}");
      output += printStream("|", stdout) + printStream("!", stderr) + (answer.code === 0 ? "" : `= ${answer.code}\n`);
    }
  }
  return output.replace(/\n+$/, "\n");
}
