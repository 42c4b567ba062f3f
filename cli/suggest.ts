// Which word may have been meant by one that means nothing.

/** Most changes (a letter more, less, another, or two exchanged) between a word and what it is taken for. */
const CHANGES_MAX = 2;

/** How many changes make `from` into `to`: the optimal string alignment distance. */
function distance(from: string, to: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= from.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= to.length; j++) {
      if (i === 0) {
        rows[0].push(j);
        continue;
      }
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const exchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (exchanged) least = Math.min(least, rows[i - 2][j - 2] + 1);
      rows[i].push(least);
    }
  }
  return rows[from.length][to.length];
}

/** The nearest of the words, if one is near: fewer than half of its letters may differ. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = CHANGES_MAX + 1;
  // Nobody means a word of a dozen letters by one of thousands.
  if (word.length > 64) return undefined;
  for (const candidate of words) {
    const changes = distance(word, candidate);
    if (changes >= least || changes * 2 >= candidate.length) continue;
    best = candidate;
    least = changes;
  }
  return best;
}

/** ": did you mean 'dump'?", or nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `: did you mean '${meant}'?`;
}

/** The hint for an unknown word; `otherwise` is what is suggested when no word is near. */
export function unknownWord(word: string, words: Iterable<string>, otherwise?: string): string {
  const meant = nearest(word, words) ?? otherwise;
  return `unknown word '${word}'${meant === undefined ? "" : `: did you mean '${meant}'?`}`;
}
