// The operations a script is made of, as plain data: everything that differs between two targets is symbolic.
//
//   attr   0      4      8               16              24                  the bytes of union bpf_attr, with a hole
//          ├──────┼──────┼───────────────┼───────────────┼──── ...           where each Ref says what belongs there
//          │ fd 2 │ hole │ buf "key"     │ bad "private" │ flags             when the operation runs
//
// A buffer may hold refs of its own (an inner map's fd as a value, the address of info.hash).

import type { BadPointer } from "./target.ts";

/** A piece of target memory that one operation passes; what the command wrote there is part of the answer. */
export interface Buf {
  data: Uint8Array;
  /** Ends directly below an unreadable address, so a command that touches one byte too many answers EFAULT. */
  edge?: boolean;
  /** Offset of the buffer from a multiple of 16. */
  skew?: number;
  refs?: Ref[];
  /** u32 map ids that the command may write, as offset, count and distance; they are compared as "which map". */
  ids?: { at: number; count: number; stride: number };
  /** The bytes depend on a random hash seed: only whether the command wrote at all is compared. */
  opaque?: boolean;
}

export type Ref =
  | { at: number; fd: number } // slot number, or "plain" below
  | { at: number; plainFd: true }
  | { at: number; id: number } // the id of the map in a slot
  | { at: number; bad: BadPointer }
  | { at: number; buf: Buf }
  | { at: number; same: number } // the buffer of an earlier ref of the same list
  | { at: number; path: string }; // "@/name" lies in the target's bpffs

export interface BpfOp {
  op: "bpf";
  cmd: number;
  size: number;
  attr: Uint8Array;
  refs: Ref[];
  /** Where the union lies instead of in a buffer of its own. */
  place?: BadPointer | "edge";
  /** The slot that a returned fd goes to; the answer then says which map the fd is of. */
  slot?: number;
  /** Offset of an id that the command writes to attr. */
  idAt?: number;
}

/** Reads a whole map; the answer is the list of its elements. */
export interface WalkOp {
  op: "walk";
  slot: number;
  how: "next" | "batch" | "drain";
  keySize: number;
  /** Bytes of one value as user space sees it. */
  viewSize: number;
  /** Elements per batch. */
  count: number;
  /** Bytes of in_batch and out_batch: 4 for a bucket index, the key size for a key. */
  cursorSize: number;
  /** The order depends on a random seed, so the elements are compared as a set. */
  sorted: boolean;
  /** The values are map ids. */
  ids?: boolean;
}

export type Op =
  | BpfOp
  | WalkOp
  | { op: "close"; slot: number }
  | { op: "dup"; slot: number; to: number }
  | { op: "unlink"; path: string }
  | { op: "mkdir"; path: string }
  | { op: "settle" };

export interface Script {
  name: string;
  seed: number;
  ops: Op[];
}
