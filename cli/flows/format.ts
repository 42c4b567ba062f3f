import { printable } from "../printable.ts";

/** 1234567 as 1,234,567. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A size for reading, not for calculating with: 999 B, 1.5 kB, 26.9 MB. */
export function formatBytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

export function formatPercent(part: bigint, whole: bigint): string {
  return whole === 0n ? "-" : `${((100 * Number(part)) / Number(whole)).toFixed(1)}%`;
}

/** A time span in seconds with milliseconds. */
export function formatSeconds(nanoseconds: bigint): string {
  return `${(Number(nanoseconds) / 1e9).toFixed(3)} s`;
}

/** A time stamp of 64 bits, which ends in the year 2554, as 2009-10-05 06:06:07.492060 (UTC). */
export function formatTime(timeNs: bigint): string {
  const iso = new Date(Number(timeNs / 1_000_000n)).toISOString();
  const microseconds = String((timeNs / 1000n) % 1_000_000n).padStart(6, "0");
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${microseconds}`;
}

/** Lines of columns as wide as their widest cell; the columns whose number is in `right` are right-aligned. */
export function formatTable(rows: string[][], right: ReadonlySet<number>): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (right.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** A file name that stays on its line, whatever characters are in it. */
export function formatFileName(file: string): string {
  const shown = printable(file);
  return shown === file ? file : JSON.stringify(file);
}
