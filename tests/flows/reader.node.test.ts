import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CaptureError } from "../../cli/flows/capture_error.ts";
import { CaptureReader } from "../../cli/flows/capture_reader.ts";
import {
  block,
  enhancedPacket,
  halfBytes,
  interfaceDescription,
  join,
  pcap,
  sectionHeader,
  simplePacket,
  wordBytes,
  zeros,
  type Record,
} from "./frames.ts";

interface Seen {
  data: number[];
  wireLength: number;
  linkType: number;
  timeNs: bigint;
}

interface Outcome {
  seen: Seen[];
  format: string | undefined;
  linkTypes: number[];
  error: string | undefined;
}

/** Reads a capture that arrives in chunks of the given size; the bytes of a chunk are gone when the next one comes. */
async function readChunked(file: Uint8Array, chunkSize = file.length): Promise<Outcome> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < file.length; offset += chunkSize) yield file.slice(offset, offset + chunkSize);
  }
  const seen: Seen[] = [];
  const reader = new CaptureReader(({ bytes, start, end, wireLength, linkType, timeNs }) => {
    seen.push({ data: [...bytes.subarray(start, end)], wireLength, linkType, timeNs });
  });
  let error: string | undefined;
  try {
    await reader.read(chunks());
  } catch (reason) {
    if (!(reason instanceof CaptureError)) throw reason;
    error = reason.message;
  }
  return { seen, format: reader.format, linkTypes: reader.linkTypes, error };
}

const RECORDS: Record[] = [
  { data: Uint8Array.of(1, 2, 3), seconds: 1, fraction: 999_999 },
  { data: new Uint8Array(0), seconds: 1, fraction: 5, wireLength: 60 },
  { data: new Uint8Array(300).fill(7), seconds: 0xffffffff, fraction: 0, wireLength: 1514 },
];

const EXPECTED: Seen[] = RECORDS.map(({ data, seconds = 0, fraction = 0, wireLength = data.length }) => ({
  data: [...data],
  wireLength,
  linkType: 1,
  timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * 1000n,
}));

const classic = suite("flows: pcap");

for (const littleEndian of [true, false]) {
  const order = littleEndian ? "little" : "big";

  classic(`${order} endian, microseconds, in chunks of any size`, async () => {
    for (const chunkSize of [1, 2, 3, 7, 15, 16, 17, 23, 24, 25, 100, 1000]) {
      const { seen, format, linkTypes, error } = await readChunked(pcap(RECORDS, { littleEndian }), chunkSize);
      assert.equal(seen, EXPECTED);
      assert.equal([format, linkTypes, error], ["pcap", [1], undefined]);
    }
  });

  classic(`${order} endian, nanoseconds`, async () => {
    const { seen, error } = await readChunked(pcap(RECORDS, { littleEndian, nanoseconds: true }));
    assert.is(error, undefined);
    assert.equal(
      seen.map(({ timeNs }) => timeNs),
      [1_000_999_999n, 1_000_000_005n, 4_294_967_295_000_000_000n],
    );
  });
}

for (const littleEndian of [true, false]) {
  classic(`modified pcap of 1999, ${littleEndian ? "little" : "big"} endian`, async () => {
    for (const chunkSize of [1, 23, 24, 100, 1000]) {
      const { seen, error } = await readChunked(pcap(RECORDS, { littleEndian, flavour: "modified" }), chunkSize);
      assert.equal([seen, error], [EXPECTED, undefined]);
    }
  });
}

classic("a tester's pcap has four more bytes in front, and nanoseconds", async () => {
  const { seen, error } = await readChunked(pcap(RECORDS, { flavour: "tester" }), 27);
  assert.is(error, undefined);
  assert.equal(seen.map(({ timeNs }) => timeNs), [1_000_999_999n, 1_000_000_005n, 4_294_967_295_000_000_000n]);
});

classic("versions before 2.4: which length comes first", async () => {
  for (const minor of [1, 2, 3, 4]) {
    const { seen, error } = await readChunked(pcap(RECORDS, { minor, swapLengths: minor < 3 }));
    assert.equal([seen, error], [EXPECTED, undefined], `2.${minor}`);
  }
  assert.equal((await readChunked(pcap(RECORDS, { minor: 3, swapLengths: true }))).seen, EXPECTED);
});

classic("the link type word may tell the length of the frame check sequence", async () => {
  const file = pcap(RECORDS);
  file.set(wordBytes(0x14000001), 20);
  const { seen, error } = await readChunked(file);
  assert.equal([seen, error], [EXPECTED, undefined]);
});

classic("cut at every byte: the whole packets, then one error", async () => {
  const file = pcap(RECORDS);
  const ends = [24];
  for (const { data } of RECORDS) ends.push(ends[ends.length - 1] + 16 + data.length);
  for (let length = 0; length < file.length; length++) {
    const { seen, error } = await readChunked(file.slice(0, length), 64);
    const whole = ends.filter((end) => end <= length).length - 1;
    assert.equal(seen, EXPECTED.slice(0, Math.max(0, whole)));
    if (length === 0) assert.is(error, "is empty");
    else if (length < 4) assert.match(error ?? "", /^is not a packet capture/);
    else if (length < 24) assert.match(error ?? "", /^is truncated: it ends inside the file header/);
    else if (ends.includes(length)) assert.is(error, undefined);
    else assert.is(error, `is truncated: it ends inside packet ${whole + 1}`);
  }
});

const REFUSED: [name: string, file: Uint8Array, error: RegExp][] = [
  ["text", new TextEncoder().encode("this is not a valid pcap file."), /^is not a packet capture/],
  ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0), /^is compressed with gzip: unpack it first$/],
  ["a link type without IP", pcap([], { linkType: 189 }), /^cannot be accounted: link type 189 \(USB, Linux\) has no IP packets$/],
  ["a link type that is not known", pcap([], { linkType: 4711 }), /^cannot be accounted: link type 4711 is not known$/],
  ["version 2.5", join(wordBytes(0xa1b2c3d4), halfBytes(2), halfBytes(5), zeros(16)), /version 2\.5, not 2\.4 or older$/],
  ["version 1.4", join(wordBytes(0xa1b2c3d4), halfBytes(1), halfBytes(4), zeros(16)), /version 1\.4, not 2\.4 or older$/],
  [
    "a record longer than any packet",
    join(pcap(RECORDS), zeros(8), wordBytes(262_145), zeros(4)),
    /^is damaged: packet 4 claims 262145 captured bytes/,
  ],
];

for (const [name, file, expected] of REFUSED) {
  classic(`refused: ${name}`, async () => assert.match((await readChunked(file)).error ?? "", expected));
}

const next = suite("flows: pcapng");

const data = Uint8Array.of(1, 2, 3, 4, 5);
const simpleFile = join(sectionHeader(), interfaceDescription(), enhancedPacket(data, 1_000_001n));

for (const littleEndian of [true, false]) {
  next(`${littleEndian ? "little" : "big"} endian, in chunks of any size`, async () => {
    const file = join(
      sectionHeader(littleEndian),
      interfaceDescription({ littleEndian }),
      interfaceDescription({ littleEndian, linkType: 101, resolution: 9 }),
      block(5, zeros(12), littleEndian),
      enhancedPacket(data, 0x1_0000_0001n, 0, littleEndian),
      enhancedPacket(data.subarray(1), 0x1_0000_0001n, 1, littleEndian),
    );
    for (const chunkSize of [1, 3, 12, 13, 50, 1000]) {
      const { seen, format, linkTypes, error } = await readChunked(file, chunkSize);
      assert.equal([format, linkTypes, error], ["pcapng", [1, 101], undefined]);
      assert.equal(seen, [
        { data: [1, 2, 3, 4, 5], wireLength: 5, linkType: 1, timeNs: 0x1_0000_0001n * 1000n },
        { data: [2, 3, 4, 5], wireLength: 4, linkType: 101, timeNs: 0x1_0000_0001n },
      ]);
    }
  });
}

const TIMES: [name: string, ticks: bigint, options: object, timeNs: bigint][] = [
  ["microseconds are the default", 3n, {}, 3000n],
  ["10^-3", 3n, { resolution: 3 }, 3_000_000n],
  ["10^-12 loses what is below a nanosecond", 3999n, { resolution: 12 }, 3n],
  ["2^-10", 1536n, { resolution: 0x8a }, 1_500_000_000n],
  ["if_tsoffset", 3n, { offsetSeconds: 5 }, 5_000_003_000n],
  ["if_tsoffset before the ticks", 9_000_000n, { offsetSeconds: -8 }, 1_000_000_000n],
];

for (const [name, ticks, options, timeNs] of TIMES) {
  next(`time: ${name}`, async () => {
    const file = join(sectionHeader(), interfaceDescription(options), enhancedPacket(data, ticks));
    assert.is((await readChunked(file)).seen[0].timeNs, timeNs);
  });
}

next("simple packets are as long as the snap length lets them", async () => {
  const file = join(
    sectionHeader(),
    interfaceDescription({ snapLength: 5 }),
    simplePacket(data, 60),
    simplePacket(data.subarray(2), 3),
  );
  const { seen, error } = await readChunked(file, 10);
  assert.is(error, undefined);
  assert.equal(seen, [
    { data: [1, 2, 3, 4, 5], wireLength: 60, linkType: 1, timeNs: 0n },
    { data: [3, 4, 5], wireLength: 3, linkType: 1, timeNs: 0n },
  ]);
});

next("the obsolete packet block", async () => {
  const body = join(halfBytes(0), halfBytes(9), wordBytes(0), wordBytes(7), wordBytes(5), wordBytes(64), data);
  const { seen } = await readChunked(join(sectionHeader(), interfaceDescription(), block(2, body)));
  assert.equal(seen, [{ data: [1, 2, 3, 4, 5], wireLength: 64, linkType: 1, timeNs: 7000n }]);
});

next("a new section has its own byte order and interfaces", async () => {
  const file = join(
    simpleFile,
    sectionHeader(false),
    interfaceDescription({ littleEndian: false, linkType: 101 }),
    enhancedPacket(data, 1n, 0, false),
  );
  const { seen, error } = await readChunked(file, 20);
  assert.is(error, undefined);
  assert.equal(
    seen.map(({ linkType }) => linkType),
    [1, 101],
  );
});

next("a block that is passed over may be larger than the memory for blocks", async () => {
  const file = join(sectionHeader(), interfaceDescription());
  const length = wordBytes(12 + 20_000_000);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield join(file, wordBytes(0xbad), length);
    for (let i = 0; i < 20; i++) yield new Uint8Array(1_000_000);
    yield join(length, enhancedPacket(data, 1n));
  }
  let count = 0;
  await new CaptureReader(() => count++).read(chunks());
  assert.is(count, 1);
});

next("cut at every byte: never more than one CaptureError", async () => {
  const header = join(sectionHeader(), interfaceDescription());
  const boundaries = [sectionHeader().length, header.length, simpleFile.length];
  for (let length = 0; length < simpleFile.length; length++) {
    const { seen, error } = await readChunked(simpleFile.slice(0, length), 9);
    assert.is(seen.length, 0);
    assert.is(error === undefined, boundaries.includes(length), `cut at ${length}: ${error}`);
  }
});

const DAMAGED: [name: string, file: Uint8Array, error: RegExp][] = [
  ["no byte order", join(wordBytes(0x0a0d0d0a), wordBytes(28), zeros(20)), /section header without byte order/],
  ["an interface that is not described", join(sectionHeader(), enhancedPacket(data, 1n, 3)), /interface 3/],
  ["a block of 8 bytes", join(simpleFile, wordBytes(6), wordBytes(8), zeros(4)), /after packet 1 it has a block of 8/],
  ["a block of 13 bytes", join(simpleFile, wordBytes(6), wordBytes(13), zeros(4)), /a block of 13 bytes/],
  ["a packet block of 32 MiB", join(simpleFile, wordBytes(6), wordBytes(2 ** 25), zeros(4)), /a block of 33554432/],
  ["two lengths", join(simpleFile, wordBytes(5 + 1), wordBytes(12), wordBytes(16)), /lengths differ \(12 and 16\)/],
  ["a packet block without fields", join(simpleFile, block(6, zeros(4))), /packet block that is too short/],
  ["more captured bytes than the block has", join(simpleFile, block(3, wordBytes(9))), /9 captured bytes/],
  ["a short interface", join(sectionHeader(), block(1, zeros(4))), /interface description that is too short/],
  ["a short section", block(0x0a0d0d0a, wordBytes(0x1a2b3c4d)), /section header that is too short/],
  [
    "an option beyond its block",
    join(sectionHeader(), block(1, join(zeros(8), halfBytes(2), halfBytes(9), zeros(4)))),
    /option that is too long/,
  ],
  [
    "more interfaces than are kept",
    join(sectionHeader(), ...new Array<Uint8Array>(65_537).fill(block(1, zeros(8)))),
    /more than 65536 interfaces/,
  ],
  ["version 2", block(0x0a0d0d0a, join(wordBytes(0x1a2b3c4d), halfBytes(2), zeros(10))), /version 2, not 1$/],
];

for (const [name, file, expected] of DAMAGED) {
  const chunkSize = file.length < 10_000 ? 11 : file.length;
  next(`damaged: ${name}`, async () => assert.match((await readChunked(file, chunkSize)).error ?? "", expected));
}

classic.run();
next.run();
