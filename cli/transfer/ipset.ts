// Lines of `ipset save`, which lists of addresses may consist of: "create SET TYPE ..." and "add SET ENTRY ...".
import { PlacedFail } from "./place.ts";

const CREATE = /^create\s+\S+\s+\S+:\S/;
const ADD = /^add\s+\S+\s+(\S+)(.*)$/;
const NO_MATCH = /\snomatch(?:\s|$)/;

/**
 * The entry of a line of ipset, the line itself where it is none, undefined where it has no entry. What belongs to an entry
 * (timeout, counters, comment) is left out; an exception from the set cannot be, and throws PlacedFail.
 */
export function withoutIpset(record: string, line: number): string | undefined {
  if (CREATE.test(record)) return undefined;
  const add = ADD.exec(record);
  if (add === null) return record;
  if (NO_MATCH.test(add[2])) throw new PlacedFail({ line }, `${add[1]} is an exception (nomatch), which a map cannot hold`);
  return add[1];
}
