import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatAddress, formatEndpoint } from "../../cli/flows/address.ts";
import type { Counters } from "../../cli/flows/counters.ts";
import {
  formatBytes,
  formatCount,
  formatFileName,
  formatPercent,
  formatTable,
  formatTime,
} from "../../cli/flows/format.ts";
import { ProgressBar } from "../../cli/progress.ts";
import { topFlows } from "../../cli/flows/top_flows.ts";
import { FLOW_KEY_SIZE } from "../../cli/flows/flow_key.ts";

const format = suite("flows: format");

/** 16 bytes from eight groups in hexadecimal. */
const address = (...groups: number[]): Uint8Array =>
  Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));

const ADDRESSES: [groups: number[], text: string][] = [
  [[0, 0, 0, 0, 0, 0, 0, 0], "::"],
  [[0, 0, 0, 0, 0, 0, 0, 1], "::1"],
  [[1, 0, 0, 0, 0, 0, 0, 0], "1::"],
  [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"],
  [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"],
  [[0x2001, 0, 0, 1, 0, 0, 0, 1], "2001:0:0:1::1"],
  [[0, 1, 2, 3, 4, 5, 6, 0], "0:1:2:3:4:5:6:0"],
  [[0xfe80, 0, 0, 0, 0x0abc, 0x00ff, 0xfe00, 0x000a], "fe80::abc:ff:fe00:a"],
  [[0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201], "::ffff:192.0.2.1"],
  [[0, 0, 0, 0, 0, 0xfffe, 0xc000, 0x0201], "::fffe:c000:201"],
];

for (const [groups, text] of ADDRESSES) {
  format(`RFC 5952: ${text}`, () => assert.is(formatAddress(address(...groups), 6), text));
}

format("every pattern of zero groups is written as a URL writes it", () => {
  for (let zeroes = 0; zeroes < 256; zeroes++) {
    const groups = Array.from({ length: 8 }, (_, i) => ((zeroes >> i) & 1 ? 0 : 0xa0 + i));
    const url = new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`);
    assert.is(`[${formatAddress(address(...groups), 6)}]`, url.hostname);
  }
});

format("addresses and endpoints by IP version", () => {
  const mapped = address(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0001);
  assert.is(formatAddress(mapped, 4), "10.0.0.1");
  assert.is(formatAddress(mapped, 6), "::ffff:10.0.0.1");
  assert.is(formatEndpoint("10.0.0.1", 4, 53), "10.0.0.1:53");
  assert.is(formatEndpoint("::1", 6, 53), "[::1]:53");
});

format("counts, sizes, shares, times, names", () => {
  assert.equal([0, 999, 1000, 1234567, 12345678n].map(formatCount), ["0", "999", "1,000", "1,234,567", "12,345,678"]);
  assert.equal([0, 999, 1000, 26_866, 999_960, 5e12].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "26.9 kB",
    "1.0 MB",
    "5.0 TB",
  ]);
  assert.equal([formatPercent(1n, 3n), formatPercent(0n, 0n)], ["33.3%", "-"]);
  assert.is(formatTime(1254722767492060000n), "2009-10-05 06:06:07.492060");
  assert.is(formatTime(1_000_007_999n), "1970-01-01 00:00:01.000007");
  assert.is(formatTime(2n ** 64n - 1n), "2554-07-21 23:34:33.709551");
  assert.equal([formatFileName("a b.pcap"), formatFileName("a\nb\x1b[2J")], ["a b.pcap", '"a\\nb\\u001b[2J"']);
});

format("a table is as wide as its cells, without blanks at the end of a line", () => {
  const rows = [
    ["A", "NAME"],
    ["1,000", "x"],
  ];
  assert.is(formatTable(rows, new Set([0])), "    A  NAME\n1,000  x\n");
});

const flowOf = (last: number, bytes: number, packets = 1, firstNs = 0): [Uint8Array, Counters] => {
  const key = new Uint8Array(FLOW_KEY_SIZE);
  key[15] = last;
  return [key, { bytes: BigInt(bytes), packets: BigInt(packets), firstNs: BigInt(firstNs), lastNs: BigInt(firstNs) }];
};

format("the top flows are the same in whatever order the map gives them", () => {
  const flows = Array.from({ length: 200 }, (_, i) => flowOf(i, i % 5, i % 3, i % 2));
  const rank = (count: number, entries: [Uint8Array, Counters][]): number[] =>
    topFlows(entries, count).map(({ source }) => source[15]);
  const all = rank(200, flows);
  assert.is(new Set(all).size, 200);
  // 4 bytes, 2 packets, first at 0: the numbers that are 4 mod 5, 2 mod 3 and even.
  assert.equal(all.slice(0, 7), [14, 44, 74, 104, 134, 164, 194]);
  for (const count of [0, 1, 10, 199, 1000]) {
    assert.equal(rank(count, flows), all.slice(0, count));
    assert.equal(rank(count, [...flows].reverse()), all.slice(0, count));
  }
});

format("the progress bar waits, is redrawn ten times a second, and clears its line", () => {
  const written: string[] = [];
  let nowMs = 0;
  const output = { write: (text: string) => written.push(text), columns: 200 };
  const bar = new ProgressBar(output, 1000, () => nowMs);
  bar.update(1);
  assert.equal(written, []);
  nowMs = 1000;
  bar.update(500);
  nowMs = 1099;
  bar.update(600);
  assert.equal(written, [`\r${"█".repeat(15)}${"░".repeat(15)}  50%  500 B of 1.0 kB  1 s left\x1b[K`]);
  nowMs = 1100;
  bar.update(2000);
  assert.match(written[1], / 100% .* 0 s left/);
  bar.clear();
  bar.clear();
  assert.equal(written.slice(2), ["\r\x1b[K"]);
});

format("the progress bar fits the terminal, and nothing is cleared that was never drawn", () => {
  const written: string[] = [];
  let nowMs = 0;
  const bar = new ProgressBar({ write: (text: string) => written.push(text), columns: 40 }, 1000, () => nowMs);
  bar.clear();
  assert.equal(written, []);
  nowMs = 1000;
  bar.update(10);
  assert.is(written[0].replace("\r", "").replace("\x1b[K", "").length, 39);
  const unsized = new ProgressBar({ write: (text: string) => written.push(text), columns: 0 }, 1000, () => nowMs);
  nowMs = 2000;
  unsized.update(500);
  assert.match(written[1], / 50%  500 B of 1\.0 kB/);
});

format.run();
