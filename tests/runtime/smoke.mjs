// The smoke test on the package imported by its plain name; only what it uses, as an application would.
import {
  BPF_MAP_CREATE,
  BPF_MAP_GET_NEXT_KEY,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_UPDATE_ELEM,
  BPF_NOEXIST,
  BpfError,
  Kernel,
  u32,
  u64,
} from "bpf-maps";
import { smokeWith } from "./smoke_with.mjs";

const library = {
  BPF_MAP_CREATE,
  BPF_MAP_GET_NEXT_KEY,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_UPDATE_ELEM,
  BPF_NOEXIST,
  BpfError,
  Kernel,
  u32,
  u64,
};

/** Runs the smoke test; `options` are those of both loads. */
export const smoke = (options = {}) => smokeWith(library, options);
