// Where in a file something is.
import { Fail } from "../fail.ts";

/** A line, from 1, and a column of it: of CSV the number of the field, of JSON that of the character. */
export interface Place {
  line: number;
  column?: number;
}

export function placeText({ line, column }: Place): string {
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

/** What is wrong at a place of a file. */
export class PlacedFail extends Fail {
  override name = "PlacedFail";
  constructor(place: Place, message: string, code = -1) {
    super(`${placeText(place)}: ${message}`, code);
  }
}

/** Runs `work`; a Fail of it that tells no place gets this one. */
export function at<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fail) || error.name === "PlacedFail") throw error;
    throw new PlacedFail(place, error.message, error.code);
  }
}
