/** An IPv4 address in dotted form from its 4 bytes. */
const formatIpv4 = (bytes: Uint8Array): string => bytes.join(".");

/** Whether the 16 bytes are ::ffff:a.b.c.d, an IPv4 address in an IPv6 one. */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** An IPv6 address from its 16 bytes, in the one form that RFC 5952 recommends. */
export function formatIpv6(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `::ffff:${formatIpv4(bytes.subarray(12))}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  // "::" stands for the longest run of zero groups, the first one of several, and never for a single group.
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === "0") end++;
    if (end - i > runLength) [runStart, runLength] = [i, end - i];
    i = end;
  }
  if (runStart < 0) return groups.join(":");
  return `${groups.slice(0, runStart).join(":")}::${groups.slice(runStart + runLength).join(":")}`;
}

/** The address that a flow key holds in 16 bytes, in the form of its IP version. */
export function formatAddress(bytes: Uint8Array, ipVersion: number): string {
  return ipVersion === 4 ? formatIpv4(bytes.subarray(12)) : formatIpv6(bytes);
}

/** An address with its port: 192.0.2.1:53, [2001:db8::1]:53. */
export function formatEndpoint(address: string, ipVersion: number, port: number): string {
  return ipVersion === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}
