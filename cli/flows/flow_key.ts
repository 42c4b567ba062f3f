// The key of the flow map, one binary struct for IPv4 and IPv6, as an eBPF program would declare it:
//
//   offset  size  field
//        0    16  source address       IPv4 as ::ffff:a.b.c.d, so one key serves both
//       16    16  destination address
//       32     2  source port          network byte order; the type of an ICMP message
//       34     2  destination port     network byte order; the code of an ICMP message
//       36     1  protocol             the IP protocol number
//       37     1  IP version           4 or 6: tells a mapped address on the wire from an IPv4 one
//       38     1  later fragment       1 for fragments without ports, which else would look like port 0
//       39     1  zero
export const SOURCE = 0;
export const DESTINATION = 16;
export const SOURCE_PORT = 32;
export const DESTINATION_PORT = 34;
export const PROTOCOL = 36;
export const IP_VERSION = 37;
export const LATER_FRAGMENT = 38;
export const FLOW_KEY_SIZE = 40;

/** A flow key in JavaScript's terms. */
export interface FlowKey {
  /** 16 bytes, a copy. */
  source: Uint8Array;
  destination: Uint8Array;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
  ipVersion: number;
  laterFragment: boolean;
}

export function unpackFlowKey(key: Uint8Array): FlowKey {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {
    source: key.slice(SOURCE, SOURCE + 16),
    destination: key.slice(DESTINATION, DESTINATION + 16),
    sourcePort: view.getUint16(SOURCE_PORT),
    destinationPort: view.getUint16(DESTINATION_PORT),
    protocol: view.getUint8(PROTOCOL),
    ipVersion: view.getUint8(IP_VERSION),
    laterFragment: view.getUint8(LATER_FRAGMENT) === 1,
  };
}
