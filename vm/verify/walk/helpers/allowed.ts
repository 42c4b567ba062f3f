// Which program types may call which helpers, by id.

/** "1-3 5": a set of numbers. */
export function idSet(text: string): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const part of text.trim().split(/\s+/)) {
    const [from, to = from] = part.split("-").map(Number);
    for (let id = from; id <= to; id++) ids.add(id);
  }
  return ids;
}

const BASE = `1-3 5-8 12 14-17 22 35 37 42 55 80 87-89 93 94 105 106 109 112-115 117 118 120 123 125 130-134 141 148 149 153 154 156-158
  164 165 169-172 175-177 180-182 191 194 195 197-203 208-211`;
const SOCKETS = "136-140 160 178 196";
const SOCKETS_WITHOUT_CLOCK = "136-140 178 196";

const SCHED = `9-11 13 18-21 23-26 28-34 38-41 43 46-48 50 66 68 69 79 83-86 95-100 107 108 110 122 124 135 151 152 155 163 192 204-207 ${SOCKETS}`;
const TRACE = "4 25 27 45 67 173 174";
const LWT = `24-26 28 33 34 39 ${SOCKETS}`;

const BY_TYPE: Readonly<Record<number, string>> = {
  1: `25 26 46 47 68 122 ${SOCKETS}`,
  2: TRACE,
  3: SCHED,
  4: SCHED,
  5: TRACE,
  6: `23 25 28 44 51 54 65 69 84-86 99 100 110 163 188-190 204-207 ${SOCKETS}`,
  7: `${TRACE} 56 119`,
  8: `25 26 46 47 68 79 81 83-86 95-99 107 108 122 128 129 ${SOCKETS}`,
  9: "25 46 81 107 122 160 186 187",
  10: `${LWT} 73`,
  11: LWT,
  12: `9-11 13 20 21 23-26 28-30 33 34 38-41 43 73 135 ${SOCKETS}`,
  13: `25 46 49 53 57 59 70 81 96 107 108 122 142-144 ${SOCKETS}`,
  14: `9 25 26 38 39 43 46 47 50 52 72 84-86 99 ${SOCKETS}`,
  15: "25 81",
  16: `25 60-63 71 90 91 107 108 122 ${SOCKETS}`,
  17: TRACE,
  18: `25 46 49 57 81 84-86 99 107 108 122 186 187 ${SOCKETS}`,
  19: `${LWT} 74-76`,
  21: "26 46 68 82 160",
  22: `26 ${SOCKETS}`,
  23: "25 81 101-104 160",
  24: TRACE,
  25: "25 81 96 107 108 122 186 187",
  26: `4 25 27 45 46 67 107 108 111 121 126 127 147 150 162 173 188 ${SOCKETS_WITHOUT_CLOCK}`,
  30: `25 86 124 ${SOCKETS}`,
  31: `4 25 27 45 46 67 107 108 111 121 147 162 166-168 173 179 188 ${SOCKETS_WITHOUT_CLOCK}`,
  32: "1",
};

const base = idSet(BASE);
const byType = new Map(Object.entries(BY_TYPE).map(([type, text]) => [Number(type), idSet(text)]));

export const isAllowed = (type: number, id: number): boolean => base.has(id) || byType.get(type)?.has(id) === true;

/** Helpers that only programs with a GPL-compatible license may call. */
export const GPL_ONLY = idSet("4 6 22 25 27 35 45 55 56 67 69 100 110-115 119 121 126 127 150 158 163 165 169-173 175-177 191 204-207");

/** Helpers that may sleep. */
export const MAY_SLEEP = idSet("148 166 191");

/** Helpers after which pointers into the packet mean nothing. */
export const CHANGES_PACKET = idSet("9-11 13 18 19 31 38 39 43 44 50 54 63 65 73-76 90 91 143");
