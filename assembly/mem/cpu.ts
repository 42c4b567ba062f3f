// The CPU that this instance's caller runs on. It is the one value that is an instance's own and not the memory's:
// two instances on one memory are two CPUs.
let cpu: u32 = 0;

@inline
export function current_cpu(): u32 {
  return cpu;
}

export function set_current_cpu(number: u32): void {
  cpu = number;
}
