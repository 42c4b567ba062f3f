// Bob Jenkins' lookup3 "hashlittle" (public domain), byte by byte: the hash whose low bits order BPF_F_ZERO_SEED maps and
// whose bits a bloom filter sets. Written apart from the core's, so that one can be held against the other.

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** The 32-bit hash of all bytes of `key`. */
export function lookup3(key: Uint8Array, seed: number): number {
  let a = (0xdeadbeef + key.length + seed) | 0;
  let b = a;
  let c = a;
  const word = (at: number): number => {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = (value << 8) | (at + i < key.length ? key[at + i] : 0);
    return value;
  };
  let at = 0;
  for (; key.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0, c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0, a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0, b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0, c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0, a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0, b = (b + a) | 0;
  }
  if (at === key.length) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}
