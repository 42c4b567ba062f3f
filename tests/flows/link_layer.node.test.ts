import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Decoder } from "../../cli/flows/decode.ts";
import { IP_VERSION, SOURCE_PORT, unpackFlowKey } from "../../cli/flows/flow_key.ts";
import { isSupportedLinkType, linkTypeName, unsupportedLinkType } from "../../cli/flows/link_types.ts";
import { Packet } from "../../cli/flows/packet.ts";
import { SLOT_MALFORMED, SLOT_NOT_IP, SLOT_TRUNCATED } from "../../cli/flows/protocols.ts";
import { ethernet, IPV4, join, UDP, u16 } from "./frames.ts";
import { LINK_FRAMES, udp4, type LinkFrame } from "./link_frames.ts";

/** The packet lies amid other bytes, as it does in a file: reading beyond its ends would find 0xff. */
function packetOf(data: Uint8Array, linkType: number, wireLength = data.length): Packet {
  const packet = new Packet();
  packet.bytes = join([0xff, 0xff, 0xff], data, new Array<number>(64).fill(0xff));
  packet.start = 3;
  packet.end = 3 + data.length;
  packet.linkType = linkType;
  packet.wireLength = wireLength;
  return packet;
}

const links = suite("flows: link layers");

for (const { name, linkType, data, holds } of LINK_FRAMES) {
  links(name, () => {
    const decoder = new Decoder();
    const slot = decoder.decode(packetOf(data, linkType));
    if (holds === undefined) {
      assert.ok(slot === SLOT_NOT_IP || slot === SLOT_MALFORMED, String(slot));
      return;
    }
    const { sourcePort, destinationPort } = unpackFlowKey(decoder.key);
    assert.equal([slot, decoder.key[IP_VERSION], sourcePort, destinationPort], [UDP, holds, 1000, 53]);
    assert.is(decoder.key[SOURCE_PORT], 1000 >> 8);
  });
}

/** The answer is the packet's alone, wherever it is cut. */
function cuts({ data, linkType, holds }: LinkFrame): void {
  if (holds === undefined) return;
  const decoder = new Decoder();
  let flows = 0;
  for (let length = data.length; length >= 0; length--) {
    const slot = decoder.decode(packetOf(data.slice(0, length), linkType, data.length));
    if (slot === UDP) flows++;
    // Until the ports are there, the packet is truncated. Cut at the IP header it may look like another protocol's.
    else assert.ok(slot === SLOT_TRUNCATED || slot === SLOT_NOT_IP, `cut at ${length}: ${slot}`);
  }
  // The ports end 4 bytes into UDP; behind them are its length and checksum, and 8 bytes of payload.
  assert.is(flows, 4 + 8 + 1);
}

links("a frame cut at any byte keeps its flow while the ports are there", () => LINK_FRAMES.forEach(cuts));

links("headers nest to a bound", () => {
  const decoder = new Decoder();
  const nested = (count: number): number =>
    decoder.decode(packetOf(ethernet(IPV4, udp4, new Array<number>(count).fill(0x8100)), 1));
  assert.equal([nested(31), nested(32), nested(33), nested(5000)], [UDP, UDP, SLOT_NOT_IP, SLOT_NOT_IP]);
  const labels = join(...new Array<number[]>(5000).fill([0, 1, 0, 64]), [0, 1, 1, 64]);
  assert.is(decoder.decode(packetOf(ethernet(0x8847, join(labels, udp4)), 1)), SLOT_NOT_IP);
  const ppi = (data: Uint8Array): Uint8Array => join([0, 0, 8, 0], [192, 0, 0, 0], data);
  let deep = join([0, 0, 8, 0], [101, 0, 0, 0], udp4);
  for (let i = 0; i < 1000; i++) deep = ppi(deep);
  assert.is(decoder.decode(packetOf(deep, 192)), SLOT_NOT_IP);
});

links("lengths of headers that lie do not lead out of the packet", () => {
  const decoder = new Decoder();
  for (const [linkType, data] of [
    [127, join([0, 0, 0xff, 0xff], udp4)],
    [127, join([0, 0, 7, 0], udp4)],
    [127, join([0, 0, 8, 0, 0xff, 0xff, 0xff, 0xff], udp4)],
    [192, join([0, 0, 4, 0], udp4)],
    [192, join([0, 0, 0xff, 0xff, 1, 0, 0, 0], udp4)],
    [239, join([2, 0, 0, 0], u16(0), u16(0), udp4)],
    [239, join([2, 0, 0, 0], [0xff, 0xff, 1, 0], udp4)],
    [163, join([0x80, 0x21, 0x10, 1, 0xff, 0xff, 0xff, 0xff], udp4)],
    [119, join([0x44, 0, 0, 0, 0, 0, 0, 0], udp4)],
    [117, join([255, 2], udp4)],
  ] as const) {
    assert.ok(decoder.decode(packetOf(data, linkType)) >= 256, `${linkType}`);
  }
});

links("a link type that is not read is called by its name", () => {
  assert.is(unsupportedLinkType(189), "link type 189 (USB, Linux) has no IP packets");
  assert.is(unsupportedLinkType(107), "link type 107 (Frame Relay) is not read");
  assert.is(unsupportedLinkType(4711), "link type 4711 is not known");
  assert.equal([linkTypeName(1), linkTypeName(249), linkTypeName(4711)], ["Ethernet", "USB, Windows", "link type 4711"]);
  for (const { linkType } of LINK_FRAMES) assert.ok(isSupportedLinkType(linkType));
});

links.run();
