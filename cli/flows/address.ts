import { formatAddress as format } from "../../bindings/index.ts";

/** The address that a flow key holds in 16 bytes, in the form of its IP version. */
export function formatAddress(bytes: Uint8Array, ipVersion: number): string {
  return format(ipVersion === 4 ? bytes.subarray(12) : bytes);
}

/** An address with its port: 192.0.2.1:53, [2001:db8::1]:53. */
export function formatEndpoint(address: string, ipVersion: number, port: number): string {
  return ipVersion === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}
