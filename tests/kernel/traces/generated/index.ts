// Written by tests/kernel/record.node.ts.
import arena from "./arena.ts";
import array from "./array.ts";
import array_of_maps from "./array_of_maps.ts";
import bloom_filter from "./bloom_filter.ts";
import cgroup_array from "./cgroup_array.ts";
import cgroup_storage from "./cgroup_storage.ts";
import cpumap from "./cpumap.ts";
import create from "./create.ts";
import devmap from "./devmap.ts";
import devmap_hash from "./devmap_hash.ts";
import hash from "./hash.ts";
import hash_of_maps from "./hash_of_maps.ts";
import lpm_trie from "./lpm_trie.ts";
import lru_hash from "./lru_hash.ts";
import lru_percpu_hash from "./lru_percpu_hash.ts";
import percpu_array from "./percpu_array.ts";
import percpu_cgroup_storage from "./percpu_cgroup_storage.ts";
import percpu_hash from "./percpu_hash.ts";
import perf_event_array from "./perf_event_array.ts";
import prog_array from "./prog_array.ts";
import queue from "./queue.ts";
import reuseport_sockarray from "./reuseport_sockarray.ts";
import ringbuf from "./ringbuf.ts";
import sockhash from "./sockhash.ts";
import sockmap from "./sockmap.ts";
import stack from "./stack.ts";
import stack_trace from "./stack_trace.ts";
import user_ringbuf from "./user_ringbuf.ts";
import xskmap from "./xskmap.ts";

export const traces = {
  arena,
  array,
  array_of_maps,
  bloom_filter,
  cgroup_array,
  cgroup_storage,
  cpumap,
  create,
  devmap,
  devmap_hash,
  hash,
  hash_of_maps,
  lpm_trie,
  lru_hash,
  lru_percpu_hash,
  percpu_array,
  percpu_cgroup_storage,
  percpu_hash,
  perf_event_array,
  prog_array,
  queue,
  reuseport_sockarray,
  ringbuf,
  sockhash,
  sockmap,
  stack,
  stack_trace,
  user_ringbuf,
  xskmap,
};
