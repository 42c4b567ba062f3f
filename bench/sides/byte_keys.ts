// The three ways in which programs make Map keys from 16 bytes.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

type Latin1Slice = (start: number, end: number) => string;

// Node's Buffer has the fastest one; elsewhere String.fromCharCode is.
const latin1Slice: Latin1Slice | undefined =
  typeof Buffer === "undefined" ? undefined : (Buffer.prototype as unknown as { latin1Slice: Latin1Slice }).latin1Slice;

/** One character a byte. */
export const bytesToLatin1: (bytes: Uint8Array, at: number) => string =
  latin1Slice !== undefined
    ? (bytes, at) => latin1Slice.call(bytes as never, at, at + 16)
    : (b, at) =>
        String.fromCharCode(
          b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4], b[at + 5], b[at + 6], b[at + 7],
          b[at + 8], b[at + 9], b[at + 10], b[at + 11], b[at + 12], b[at + 13], b[at + 14], b[at + 15],
        ); // prettier-ignore

/** Two hexadecimal digits a byte. */
export function bytesToHex(bytes: Uint8Array, at: number): string {
  if (typeof Buffer !== "undefined") return (Buffer.prototype.hexSlice as Latin1Slice).call(bytes as never, at, at + 16);
  let text = "";
  for (let i = 0; i < 16; i++) text += HEX[bytes[at + i]];
  return text;
}

const block = new Uint8Array(16);
const halves = new BigUint64Array(block.buffer);

/** 128 bits, little endian. */
export function bytesToBigint(bytes: Uint8Array, at: number): bigint {
  for (let i = 0; i < 16; i++) block[i] = bytes[at + i];
  return (halves[1] << 64n) | halves[0];
}
