import { readFileSync, rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ARP,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  TCP,
  UDP,
  ethernet,
  fragmentHeader,
  icmp,
  interfaceDescription,
  enhancedPacket,
  ipv4,
  ipv6,
  join,
  pcap,
  sectionHeader,
  tcp,
  udp,
  zeros,
  type Record,
} from "./frames.ts";
import { BIG_ENDIAN, SMTP, jsonOf, runFlows, temporaryFolder, writeCapture } from "./run_flows.ts";

interface Count {
  packets: number;
  bytes: number;
}

/**
 * An independent count of an Ethernet and IPv4 capture: another way to take the file apart, other keys, JavaScript's
 * maps. It knows no more than these two captures need.
 */
function countIndependently(path: string): { flows: Map<string, Count>; all: Count; notIp: Count } {
  const file = readFileSync(path);
  const isLittle = file.readUInt32LE(0) === 0xa1b2c3d4;
  const word = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const flows = new Map<string, Count>();
  const all = { packets: 0, bytes: 0 };
  const notIp = { packets: 0, bytes: 0 };
  const add = (count: Count, bytes: number): void => {
    count.packets += 1;
    count.bytes += bytes;
  };
  for (let at = 24; at < file.length; at += 16 + word(at + 8)) {
    const frame = file.subarray(at + 16, at + 16 + word(at + 8));
    add(all, word(at + 12));
    if (frame.toString("hex", 12, 14) !== "0800") {
      add(notIp, word(at + 12));
      continue;
    }
    const packet = frame.subarray(14);
    const transport = packet.subarray((packet[0] % 16) * 4);
    const protocol = packet[9];
    const dotted = (from: number): string => [...packet.subarray(from, from + 4)].join(".");
    const ports =
      protocol === 1 ? [transport[0], transport[1]] : [transport.readUInt16BE(0), transport.readUInt16BE(2)];
    const key = `${protocol} ${dotted(12)} ${ports[0]} ${dotted(16)} ${ports[1]}`;
    if (!flows.has(key)) flows.set(key, { packets: 0, bytes: 0 });
    add(flows.get(key)!, word(at + 12));
  }
  return { flows, all, notIp };
}

const keyOf = (flow: any): string =>
  [
    flow.protocolNumber,
    flow.source,
    flow.sourcePort ?? flow.icmpType,
    flow.destination,
    flow.destinationPort ?? flow.icmpCode,
  ].join(" ");

const countOf = ({ packets, bytes }: Count): Count => ({ packets, bytes });

const real = suite("flows: real captures");

for (const path of [SMTP, BIG_ENDIAN]) {
  real(`${path} agrees with an independent count`, async () => {
    const { code, stdout } = await runFlows(["--json", path]);
    const report = JSON.parse(stdout);
    const { flows, all, notIp } = countIndependently(path);
    assert.is(code, 0);
    assert.equal(countOf(report), all);
    assert.equal(new Map(report.flows.map((flow: any) => [keyOf(flow), countOf(flow)])), flows);
    assert.is(report.flowCount, flows.size);
    const other = report.protocols.find((row: any) => row.number === null) ?? { packets: 0, bytes: 0 };
    assert.equal(countOf(other), notIp);
    assert.is(
      report.protocols.reduce((sum: number, row: Count) => sum + row.packets, 0),
      all.packets,
    );
  });
}

real("smtp.pcap in the numbers of tshark and capinfos", async () => {
  const { stdout } = await runFlows(["--json", SMTP]);
  const report = JSON.parse(stdout);
  const row = ({ protocol, source, destination, packets, bytes, firstNs, lastNs, ...rest }: any): unknown[] => [
    protocol,
    source,
    rest.sourcePort ?? rest.icmpType,
    destination,
    rest.destinationPort ?? rest.icmpCode,
    packets,
    bytes,
    firstNs,
    lastNs,
  ];
  // tshark 4.0.17: -T fields -e ip.proto … -e frame.len -e frame.time_epoch, summed up by flow.
  assert.equal(report.flows.map(row), [
    ["TCP", "10.10.1.4", 1470, "74.53.140.153", 25, 28, 22065, "1254722767529046000", "1254722775106015000"],
    ["ICMP", "192.168.1.1", 3, "10.10.1.4", 4, 4, 2360, "1254722770695115000", "1254722770696634000"],
    ["TCP", "74.53.140.153", 25, "10.10.1.4", 1470, 25, 1980, "1254722767875996000", "1254722775106759000"],
    ["UDP", "10.10.1.20", 138, "10.10.1.255", 138, 1, 243, "1254722776690444000", "1254722776690444000"],
    ["UDP", "10.10.1.1", 53, "10.10.1.4", 56166, 1, 142, "1254722767526085000", "1254722767526085000"],
    ["UDP", "10.10.1.4", 56166, "10.10.1.1", 53, 1, 76, "1254722767492060000", "1254722767492060000"],
  ]);
  assert.equal(
    report.protocols.map(({ name, number, packets, bytes }: any) => [name, number, packets, bytes]),
    [
      ["TCP", 6, 53, 24045],
      ["ICMP", 1, 4, 2360],
      ["UDP", 17, 3, 461],
    ],
  );
  assert.equal(
    [report.format, report.linkTypes, report.packets, report.bytes, report.firstNs, report.lastNs],
    ["pcap", ["Ethernet"], 60, 26866, "1254722767492060000", "1254722776690444000"],
  );
  assert.equal(report.dropped, { flows: 0, flowsAreMore: false, packets: 0, bytes: 0 });
});

real("the table that people see", async () => {
  const { code, stdout, stderr } = await runFlows(["--top", "2", SMTP]);
  assert.equal([code, stderr], [0, ""]);
  const timeless = stdout.replace(/read in [\d.]+ ms \([\d,]+ packets\/s\)/, "read in T");
  assert.is(
    timeless,
    `${SMTP}: pcap, Ethernet, 60 packets, 26,866 bytes
2009-10-05 06:06:07.492060 to 2009-10-05 06:06:16.690444 UTC (9.198 s)

Top 2 of 6 flows by bytes
 BYTES      %  PACKETS  PROTOCOL  SOURCE          DESTINATION         START  DURATION
22,065  82.1%       28  TCP       10.10.1.4:1470  74.53.140.153:25  0.037 s   7.577 s
 2,360   8.8%        4  ICMP 3/4  192.168.1.1     10.10.1.4         3.203 s   0.002 s

PROTOCOL  PACKETS       %   BYTES       %
TCP            53   88.3%  24,045   89.5%
ICMP            4    6.7%   2,360    8.8%
UDP             3    5.0%     461    1.7%
total          60  100.0%  26,866  100.0%

60 packets in 6 flows, read in T
`,
  );
});

const made = suite("flows: made captures");

const flow = (last: number, data: number[] = []): Uint8Array =>
  ethernet(IPV4, ipv4({ source: [10, 0, last >> 8, last & 255], protocol: UDP, payload: udp(1, 2, data) }));

made("the table shows IPv6, fragments, broken packets and other protocols", async () => {
  const records: Record[] = [
    { data: ethernet(IPV6, ipv6(TCP, tcp(443, 50_000))), wireLength: 5000 },
    { data: ethernet(IPV6, ipv6(44, join(fragmentHeader(UDP, 7), zeros(8)))), wireLength: 4000 },
    { data: ethernet(IPV6, ipv6(ICMPV6, icmp(135, 0))), wireLength: 3000 },
    { data: ethernet(IPV4, ipv4({ protocol: 47, payload: zeros(4) })), wireLength: 2000 },
    { data: ethernet(IPV4, ipv4({ protocol: 253, payload: zeros(4) })), wireLength: 1000 },
    { data: ethernet(ARP, zeros(28)) },
    { data: flow(1).subarray(0, 30), wireLength: 500 },
    { data: flow(1).subarray(0, 30) },
  ];
  const { stdout } = await runFlows(["-"], [pcap(records)]);
  const cells = (start: string): string[][] =>
    stdout
      .split("\n")
      .filter((line) => line.includes(start))
      .map((line) => line.trim().split(/ {2,}/));
  assert.equal(cells("5,000")[0].slice(3, 6), ["TCP", "[2001:db8::1]:443", "[2001:db8::2]:50000"]);
  assert.equal(cells("4,000")[0].slice(3, 6), ["UDP fragments", "2001:db8::1", "2001:db8::2"]);
  assert.equal(cells("3,000")[0].slice(3, 6), ["ICMPv6 135/0", "2001:db8::1", "2001:db8::2"]);
  assert.equal(cells("2,000")[0].slice(3, 6), ["GRE", "10.0.0.1", "10.0.0.2"]);
  assert.equal(cells("1,000")[0].slice(3, 6), ["protocol 253", "10.0.0.1", "10.0.0.2"]);
  assert.equal(cells("other (not IP)")[0].slice(0, 2), ["other (not IP)", "1"]);
  assert.equal(cells("truncated")[0].slice(0, 4), ["truncated", "1", "12.5%", "500"]);
  assert.equal(cells("malformed")[0].slice(0, 4), ["malformed", "1", "12.5%", "30"]);
});

made("packets and bytes beyond 2^32, and packets that are not in order of time", async () => {
  const frame = flow(1);
  const records: Record[] = [
    { data: frame, seconds: 50, wireLength: 0xffffffff },
    { data: frame, seconds: 40, wireLength: 0xffffffff },
    { data: frame, seconds: 60, wireLength: 10 },
    { data: frame, seconds: 45, wireLength: 10 },
  ];
  const report = await jsonOf(pcap(records));
  const expected = { packets: 4, bytes: 2 * 0xffffffff + 20, firstNs: "40000000000", lastNs: "60000000000" };
  const { packets, bytes, firstNs, lastNs } = report.flows[0];
  assert.equal({ packets, bytes, firstNs, lastNs }, expected);
  assert.equal([report.bytes, report.firstNs, report.lastNs], [expected.bytes, expected.firstNs, expected.lastNs]);
});

made("flows differ in each part of the key", async () => {
  const base = { source: [1, 1, 1, 1], destination: [2, 2, 2, 2], protocol: UDP, payload: udp(1, 2) };
  const packets = [
    ipv4(base),
    ipv4({ ...base, source: [1, 1, 1, 2] }),
    ipv4({ ...base, destination: [2, 2, 2, 1] }),
    ipv4({ ...base, protocol: TCP, payload: tcp(1, 2) }),
    ipv4({ ...base, payload: udp(3, 2) }),
    ipv4({ ...base, payload: udp(1, 3) }),
    ipv4({ ...base, source: base.destination, destination: base.source, payload: udp(2, 1) }),
    ipv4({ ...base, payload: udp(0, 0) }),
    ipv4({ ...base, fragmentOffset: 9 }),
  ];
  // The same addresses and ports, mapped into IPv6.
  const mapped = (v4: number[]): number[] => [...zeros(10), 255, 255, ...v4];
  const overIpv6 = ipv6(UDP, udp(1, 2));
  overIpv6.set([...mapped(base.source), ...mapped(base.destination)], 8);
  const records = [...packets, overIpv6].map((data) => ({ data }));
  const report = await jsonOf(pcap([...records, ...records], { linkType: 101 }));
  assert.is(report.flowCount, 10);
  assert.ok(report.flows.every(({ packets }: Count) => packets === 2));
  assert.ok(report.flows.some(({ ipVersion, source }: any) => ipVersion === 6 && source === "::ffff:1.1.1.1"));
});

made("a flow map that is full drops new flows, and goes on counting its own", async () => {
  // 100 flows in a map for 40; flow i has i + 1 packets, one in each round that it is part of.
  const records: Record[] = [];
  for (let round = 0; round < 100; round++) {
    for (let i = round; i < 100; i++) records.push({ data: flow(i) });
  }
  const capture = pcap(records);
  const report = await jsonOf(capture, "--max-flows", "40", "--top", "100");
  const length = flow(0).length;
  const packetsOf = (from: number, to: number): number => ((to - from) * (from + to + 1)) / 2;
  assert.equal([report.packets, report.flowCount, report.maxFlows], [5050, 40, 40]);
  assert.is(
    report.flows.reduce((sum: number, { packets }: Count) => sum + packets, 0),
    packetsOf(0, 40),
  );
  const packets = packetsOf(40, 100);
  assert.equal(report.dropped, { flows: 60, flowsAreMore: false, packets, bytes: packets * length });

  const { code, stdout, stderr } = await runFlows(["--max-flows", "40", "-"], [capture]);
  assert.equal([code, stderr], [0, ""]);
  assert.is(
    stdout.trimEnd().split("\n").at(-1),
    "The flow map is full (max_entries 40): dropped 60 flows with 4,230 packets, 177,660 bytes; see --max-flows",
  );
});

made("as many flows as the map holds are not too many", async () => {
  const records = Array.from({ length: 40 }, (_, i) => ({ data: flow(i) }));
  const report = await jsonOf(pcap([...records, ...records]), "--max-flows", "40");
  assert.equal([report.flowCount, report.dropped.packets], [40, 0]);
});

made("--top limits the flows that are printed, not those that are counted", async () => {
  const capture = pcap(Array.from({ length: 30 }, (_, i) => ({ data: flow(i, zeros(i)) })));
  for (const [top, expected] of [
    [0, 0],
    [7, 7],
    [1000, 30],
  ]) {
    const report = await jsonOf(capture, "--top", String(top));
    assert.equal([report.flows.length, report.flowCount, report.packets], [expected, 30, 30]);
  }
  assert.is((await jsonOf(capture)).flows.length, 10);
});

made("pcapng: interfaces of a link type that is not read are counted apart", async () => {
  const file = join(
    sectionHeader(),
    interfaceDescription(),
    interfaceDescription({ linkType: 189 }),
    interfaceDescription({ linkType: 227 }),
    enhancedPacket(flow(1), 1n),
    enhancedPacket(flow(1), 1n, 1),
  );
  const report = await jsonOf(file);
  assert.equal([report.format, report.linkTypes, report.packets], ["pcapng", ["Ethernet", "USB, Linux"], 2]);
  assert.equal(
    report.protocols.map(({ name, number, packets }: any) => [name, number, packets]),
    [
      ["UDP", 17, 1],
      ["other (link type)", null, 1],
    ],
  );
});

const broken = suite("flows: broken captures");

broken("a capture without any link type that is read fails, as pcap and as pcapng", async () => {
  const next = join(
    sectionHeader(),
    interfaceDescription({ linkType: 189 }),
    interfaceDescription({ linkType: 107 }),
    enhancedPacket(flow(1), 1n),
    enhancedPacket(flow(1), 1n, 1),
  );
  const usb = "link type 189 (USB, Linux) has no IP packets";
  for (const [capture, problem] of [
    [pcap([{ data: flow(1) }], { linkType: 189 }), usb],
    [next, `${usb}, link type 107 (Frame Relay) is not read`],
  ] as const) {
    const { code, stdout, stderr } = await runFlows(["-j", "-"], [capture]);
    assert.equal([code, stdout, stderr], [1, "", `flows: standard input cannot be accounted: ${problem}\n`]);
  }
});

broken("cut at any byte: one line on stderr, exit code 1, and what was read before it", async () => {
  const folder = temporaryFolder();
  try {
    const data = ipv4({ protocol: 47, payload: [] });
    const file = pcap([{ data }, { data }], { linkType: 101 });
    const ends = [24, 24 + 16 + data.length];
    for (let length = 0; length < file.length; length++) {
      const path = writeCapture(folder, "cut.pcap", file.subarray(0, length));
      const { code, stdout, stderr } = await runFlows(["--json", path]);
      const isWhole = length === ends[1];
      assert.is(code, isWhole ? 0 : 1, `cut at ${length}`);
      assert.match(stderr, isWhole ? /^$/ : /^flows: \S+cut\.pcap is [^\n]+\n$/);
      assert.is(stdout === "" ? 0 : JSON.parse(stdout).packets, length < ends[1] ? 0 : 1);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

broken("a capture without packets is empty", async () => {
  const { code, stdout, stderr } = await runFlows(["-"], [pcap([])]);
  assert.equal([code, stdout, stderr], [1, "", "flows: standard input is empty: it holds no packets\n"]);
});

broken("an error of the source that is not about the file is not hidden", async () => {
  const failing = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      yield pcap([{ data: flow(1) }]);
      throw new RangeError("a bug");
    },
  };
  const { run } = await import("../../cli/flows/run.ts");
  const silent = { write: () => true };
  try {
    await run(["-"], { stdout: silent, stderr: silent, stdin: failing });
    assert.unreachable("the error was swallowed");
  } catch (error) {
    assert.is((error as Error).message, "a bug");
  }
});

real.run();
made.run();
broken.run();
