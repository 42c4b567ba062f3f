// Failures of a suite that belong to none of its tests. What a hook throws makes uvu forget the failures of the tests before
// it, so a hook that checks something reports here instead, and both are printed.

let failures: string[] = [];

/** Runs a check of an `after` hook; what it throws is a failure of the suite. */
export function checkAfterwards(check: () => void): void {
  try {
    check();
  } catch (error) {
    const { message, details = "" } = error as Error & { details?: string };
    failures.push([message, details].filter(Boolean).join("\n"));
  }
}

/** The failures reported since the last call; the runner takes them after each suite. */
export function takeFailures(): string[] {
  const taken = failures;
  failures = [];
  return taken;
}
