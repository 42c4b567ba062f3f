// The one table of the command line: it parses, completes, and prints help and the manual page.

import { Errno } from "../assembly/uapi/constants.ts";

/** One option. */
export interface OptionRow {
  short: string;
  long: string;
  /** Name of its value, for options that take one. */
  value?: string;
  about: string;
  /** Not an option of bpftool. */
  added: boolean;
  /** Ends the reading of options. */
  stops?: boolean;
  /** Commands that take it; all when left out. */
  commands?: readonly string[];
}

function option(short: string, long: string, about: string, more: Partial<OptionRow> = {}): OptionRow {
  return { short, long, about, added: false, ...more };
}

/** Commands that take and print keys and values by a codec. */
const TYPED_COMMANDS = ["import", "export", "dump", "lookup", "peek", "update", "push", "enqueue", "delete", "getnext", "pop", "dequeue"];

/** bpftool's options, then ours. */
export const OPTIONS: readonly OptionRow[] = [
  option("j", "json", "print JSON"),
  option("p", "pretty", "print JSON with line breaks; implies -j"),
  option("f", "bpffs", "show where maps are pinned"),
  option("n", "nomount", "do not try to mount a bpffs"),
  option("m", "mapcompat", "accepted and ignored, as it is about programs"),
  option("d", "debug", "accepted and ignored, as it is about programs"),
  option("L", "use-loader", "accepted and ignored, as it is about programs"),
  option("l", "legacy", "accepted and ignored, as it is about programs"),
  option("B", "base-btf", "file of base BTF; checked and ignored", { value: "FILE" }),
  option("V", "version", "print the version"),
  option("h", "help", "print help", { stops: true }),
  option("", "state", "the state file; default $BPF_MAPS_STATE, then .bpf-maps.state", { value: "FILE", added: true }),
  option("", "cpus", "possible CPUs of a state file that is made now; default those of this machine", {
    value: "N",
    added: true,
  }),
  option("", "wait", "how long to wait for another process's lock; default 10", { value: "SECONDS", added: true }),
  option("", "explain", "say more about errors than bpftool does; on a terminal that is the default", { added: true }),
  option("", "cidr", "an IP address or prefix instead of key DATA, for LPM tries", {
    value: "ADDRESS",
    added: true,
    commands: ["lookup", "update", "delete", "getnext"],
  }),
  option("", "key", "how keys are written, as a codec", { value: "CODEC", added: true, commands: TYPED_COMMANDS }),
  option("", "value", "how values are written, as a codec", { value: "CODEC", added: true, commands: TYPED_COMMANDS }),
  option("", "format", "csv, json or jsonl; default by the file's name", {
    value: "FORMAT",
    added: true,
    commands: ["import", "export"],
  }),
  option("", "count", "stop after N records", { value: "N", added: true, commands: ["follow"] }),
  option("", "once", "stop at the end of the buffer", { added: true, commands: ["follow"] }),
];

/** What a word of the grammar stands for; completion offers values by it. */
export type ArgKind = "map" | "data" | "file" | "pin" | "number" | "name" | "type" | "flag" | "value" | "codec";

/** A keyword with its operand, as `create` takes them in any order. */
export interface KeywordRow {
  word: string;
  kind: ArgKind;
  /** What messages call the operand. */
  label: string;
}

/** One command of `map`. */
export interface CommandRow {
  /** The word, and others for the same command. */
  words: readonly string[];
  /** Operands, as help prints them. */
  synopsis: string;
  about: string;
  /** Paragraphs of the manual page. */
  details?: readonly string[];
  /** Keywords that may follow, for completion; `map` stands for a selector. */
  keywords: readonly KeywordRow[];
  /** Whether the first operand is a map. */
  takesMap: boolean;
  /** Fewest operands, with the code of the error; `usage` prints help instead of an error. */
  least?: { count: number; code: number } | { count: number; usage: true };
  /** Whether it may change the state file. */
  writes: boolean;
  /** Not a command of bpftool: its word may not be shortened, so that bpftool's abbreviations keep their meaning. */
  added: boolean;
}

const KEY: KeywordRow = { word: "key", kind: "data", label: "key" };
const VALUE: KeywordRow = { word: "value", kind: "value", label: "value" };
const FLAGS: readonly KeywordRow[] = ["any", "exist", "noexist"].map((word) => ({ word, kind: "flag", label: "flags" }));

function command(words: string, synopsis: string, about: string, more: Partial<CommandRow> = {}): CommandRow {
  const takesMap = /^\[?MAP/.test(synopsis);
  return { words: words.split(" "), synopsis, about, keywords: [], takesMap, writes: false, added: false, ...more };
}

const atLeast2 = { count: 2, usage: true } as const;

/** Keywords of `create`, in the order they are matched. */
export const CREATE_KEYWORDS: readonly KeywordRow[] = [
  { word: "type", kind: "type", label: "map type" },
  { word: "name", kind: "name", label: "name" },
  { word: "key", kind: "number", label: "key size" },
  { word: "value", kind: "number", label: "value size" },
  { word: "entries", kind: "number", label: "max entries" },
  { word: "flags", kind: "number", label: "flags" },
  { word: "dev", kind: "name", label: "device" },
  { word: "inner_map", kind: "map", label: "inner map" },
];

/** The commands of `map`; a shortened word means the first that begins with it. No word means the first of all. */
export const COMMANDS: readonly CommandRow[] = [
  command("show list", "[MAP]", "list maps", {
    details: ["Without MAP, all maps. With -f the paths each one is pinned at."],
  }),
  command("help", "", "print help"),
  command("dump", "MAP", "print all elements of a map", {
    least: atLeast2,
    details: [
      "With --key or --value, a table of keys and values as these codecs write them; import has their names. Each field of a struct is a column. On a terminal the table has a header and is as wide as the terminal at most.",
    ],
  }),
  command("update", "MAP [key DATA] [value VALUE] [UPDATE_FLAGS]", "write one element", {
    least: atLeast2,
    keywords: [KEY, VALUE, ...FLAGS],
    writes: true,
    details: [
      "The value of a per-CPU map is written for every CPU. The value of a map in maps is a MAP.",
      "any writes in any case, noexist only a new element, exist only one that is there.",
    ],
  }),
  command("lookup", "MAP [key DATA]", "print one element", {
    least: atLeast2,
    keywords: [KEY],
    details: ["With --cidr ADDRESS instead of a key: the longest prefix of an LPM trie that covers the address."],
  }),
  command("getnext", "MAP [key DATA]", "print the key that follows", { least: atLeast2, keywords: [KEY] }),
  command("delete", "MAP key DATA", "delete one element", { least: atLeast2, keywords: [KEY], writes: true }),
  command("pin", "MAP FILE", "pin a map at a path of the bpffs", {
    least: { count: 3, code: -Errno.EINVAL },
    keywords: [{ word: "", kind: "pin", label: "file" }],
    writes: true,
  }),
  command("event_pipe", "MAP [cpu N index M]", "read the events of a perf event array", {
    details: ["There are no perf events here, so this ends with an error."],
  }),
  command("create", "FILE type TYPE key KEY_SIZE value VALUE_SIZE entries MAX_ENTRIES name NAME [flags FLAGS] [inner_map MAP] [dev NAME]", "make a map and pin it", {
    least: { count: 7, code: -1 },
    keywords: CREATE_KEYWORDS,
    writes: true,
    details: ["Sizes are in bytes. A map of maps needs the inner map that others are compared with."],
  }),
  command("peek", "MAP", "print the next element of a queue or stack", { least: atLeast2, keywords: [KEY] }),
  command("push", "MAP value VALUE", "put an element into a queue, a stack or a bloom filter", {
    least: atLeast2,
    keywords: [VALUE, KEY, ...FLAGS],
    writes: true,
  }),
  command("enqueue", "MAP value VALUE", "the same as push", { least: atLeast2, keywords: [VALUE, KEY, ...FLAGS], writes: true }),
  command("pop", "MAP", "take the next element from a queue or stack", { least: atLeast2, writes: true }),
  command("dequeue", "MAP", "the same as pop", { least: atLeast2, writes: true }),
  command("freeze", "MAP", "forbid all further changes from user space", {
    least: { count: 2, code: -1 },
    writes: true,
    details: ["This cannot be undone."],
  }),
  command("import", "MAP FILE", "load elements from CSV, JSON or a list of addresses", {
    writes: true,
    added: true,
    keywords: [{ word: "", kind: "file", label: "file" }],
    details: [
      "FILE may be - for stdin; it is UTF-8. --key and --value name codecs: u8 to u64, i8 to i64, u16be to u64be, f32, f64, hex, utf8[:N], ip, ipv4, ipv6 (addresses) and cidr (a prefix). A struct is struct{NAME: CODEC, ...}, laid out as C does it, or packed{...} without padding; its fields may be structs, and say their size where the codec does not (utf8:16, hex:3, ip:4). Its text is {NAME: VALUE, ...}, where text with commas, braces or blanks at its ends is quoted as in JSON. Without codecs a key or value of 1, 2, 4 or 8 bytes is an unsigned number, one of another size is hex, and the key of an LPM trie is a prefix where its size allows. Text that begins with \"hex:\" lists bytes.",
      "CSV has the key in the first column and the value in the next, one for all CPUs or one for each. A keyless map takes the value from the first column. A first line \"key,value\" is skipped, and so is one of words where numbers or addresses are expected.",
      "Where keys are addresses, lists of addresses are read too: # and ; begin comments, a range (FIRST-LAST in one column, or the two in two columns) becomes the prefixes that make it up, and an address without a value has the value 1 if values are integers. What ipset save prints is read too.",
      "JSON is {\"key\": KEY, \"value\": VALUE}, one a line or in an array, with \"values\": [VALUE, ...] for one value for each CPU; a struct is an object. Integers of 64 bits are exact. What bpftool -j map dump prints is read too.",
      "Into a ring buffer each line goes as a record: as text, or with --value hex as bytes.",
      "What does not fit ends the import with its line and column, and nothing is imported; in a batch and at the prompt what came before it stays.",
    ],
  }),
  command("export", "MAP FILE", "write elements as CSV or JSON", {
    added: true,
    keywords: [{ word: "", kind: "file", label: "file" }],
    details: [
      "FILE may be - for stdout. Codecs as for import, which reads the file again to the same bytes. A file is replaced when all is written. NaN and infinities are strings in JSON, and so are integers of 64 bits.",
    ],
  }),
  command("follow", "MAP", "print the records of a ring buffer and take them", {
    writes: true,
    added: true,
    details: [
      "Then it waits for other processes to change the state file, until it is interrupted; --once and --count N end it before. With -j it prints an array a line.",
    ],
  }),
];

/** A word before a command. */
export interface ObjectRow {
  word: string;
  synopsis: string;
  about: string;
  /** Not bpftool's: written in full. */
  added: boolean;
  /** Works on the kernel of the state file or of the shell, and whether it may change it. */
  state?: "reads" | "writes";
  /** Words behind it with which it may change the state, though it only reads it otherwise. */
  writing?: readonly string[];
}

function object(word: string, synopsis: string, about: string, state?: ObjectRow["state"]): ObjectRow {
  return { word, synopsis, about, added: false, state };
}

function addedObject(word: string, synopsis: string, about: string, state?: ObjectRow["state"]): ObjectRow {
  return { word, synopsis, about, added: true, state };
}

/** The words before a command; bpftool's may be shortened, to the first that begins so. */
export const OBJECTS: readonly ObjectRow[] = [
  object("help", "", "print help"),
  object("version", "", "print the version"),
  object("batch", "file FILE", "run the commands in a file, one a line; - is stdin", "writes"),
  object("map", "COMMAND", "the commands for maps", "reads"),
  addedObject("ls", "[PATH]", "list a folder of the bpffs, by default /sys/fs/bpf", "reads"),
  addedObject("rm", "PATH ...", "remove pins and empty folders of the bpffs", "writes"),
  addedObject("mkdir", "PATH ...", "make folders in the bpffs, with their parents", "writes"),
  { ...addedObject("state", "export FILE | import FILE", "write all maps and pins to a file, or make those of one; - is stdout or stdin", "reads"), writing: ["import"] },
  addedObject("shell", "", "a prompt over a kernel in memory; also without any word"),
  addedObject("flows", "CAPTURE.pcap", "account a packet capture by flow"),
  addedObject("top", "CAPTURE.pcap", "the same as flows"),
  addedObject("completion", "bash | zsh", "print the completion script of a shell"),
  addedObject("complete", "WORD ...", "print how the last word may go on, for completion scripts"),
  addedObject("man", "", "print the manual page"),
];
