import { root } from "./root";

/** Next 64 bits of the kernel's seed generator (splitmix64 over the root block's state). */
export function next_seed(): u64 {
  root.seed_state += 0x9e3779b97f4a7c15;
  let z = root.seed_state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
