// Programs that are one mutation away from one of the table: a register, offset, immediate, operand, operation or size that differs.

export type Random = (below: number) => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const EDGES = [0, 1, -1, 8, 16, -8, 4, 255, 0x7fff, -16];

/** Changes one slot in place. */
export function mutate(insns: Uint8Array, random: Random): void {
  const at = random(insns.length / 8) * 8;
  const view = new DataView(insns.buffer, insns.byteOffset);
  const edge = EDGES[random(EDGES.length)];
  const mutations = [
    () => (insns[at + 1] = (insns[at + 1] & 0xf0) | random(11)),
    () => (insns[at + 1] = (insns[at + 1] & 0x0f) | (random(11) << 4)),
    () => view.setInt16(at + 2, edge, true),
    () => view.setInt32(at + 4, edge, true),
    () => (insns[at] ^= 0x08),
    () => (insns[at] = (insns[at] & 0x0f) | (random(16) << 4)),
    () => (insns[at] = (insns[at] & ~0x18) | (random(4) << 3)),
  ];
  mutations[random(mutations.length)]();
}

/** Whether a program calls functions of its own or of the kernel, which need more than their instructions. */
export function callsFunctions(insns: Uint8Array): boolean {
  for (let at = 0; at < insns.length; at += 8) {
    if (insns[at] === 0x85 && insns[at + 1] >> 4 !== 0) return true;
    if (insns[at] === 0x18 && (insns[at + 1] >> 4 === 4 || insns[at + 1] >> 4 === 3)) return true;
  }
  return false;
}
