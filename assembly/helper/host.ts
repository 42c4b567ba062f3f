/** The host's helpers: whatever the core does not answer itself, by the helper's id. */
// @ts-ignore: decorator
@external("env", "host_helper")
export declare function host_helper(id: i32, r1: u64, r2: u64, r3: u64, r4: u64, r5: u64): u64;

export const KTIME_GET_NS: i32 = 5;
