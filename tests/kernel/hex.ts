// Bytes as text in answers and traces.

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Longest run of bytes that an answer spells out; of a longer one it gives a digest. */
const SPELLED_SIZE_MAX = 512;

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += pairs[bytes[i]];
  return text;
}

export function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function hexOrDigest(bytes: Uint8Array): string {
  if (bytes.length <= SPELLED_SIZE_MAX) return hex(bytes);
  return `${bytes.length}bytes#${digest(bytes)}`;
}

/** Longest text an answer gives in full. */
const TEXT_LENGTH_MAX = 8192;

export function textOrDigest(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text;
  return `${text.length}characters#${digest(new TextEncoder().encode(text))}`;
}

/** 64 bits from two FNV-1a sums with different starts: enough to notice any difference, cheap everywhere. */
function digest(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b + bytes[i] + 1, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
}
