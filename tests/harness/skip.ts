// Skipping with a reason. uvu's `test.skip` drops its arguments; a test that does not run must say why, here.
interface Skippable {
  skip(name?: string): void;
}

let skips: string[] = [];

/** Counts `name` as skipped in the suite `test` and prints `reason` at the end of the run. */
export function skip(test: Skippable, name: string, reason: string): void {
  test.skip(name);
  skips.push(`${name}: ${reason}`);
}

/** The skips recorded since the last call; the runner takes them after each file. */
export function takeSkips(): string[] {
  const taken = skips;
  skips = [];
  return taken;
}
