// Runs operations on a target and turns what happened into an answer: a line of text that is equal for two targets
// exactly when a caller could not tell them apart.
//
//   "0"                     success, nothing written
//   "-2 a+32:00000000"      -ENOENT, the union changed at offset 32
//   "0 r2+0:61626364"       success, the buffer of ref 2 changed at offset 0 (first to last changed byte)
//   "map3"                  an fd of the third map this script saw

import { AttrBytes, Cmd, Errno } from "./abi.ts";
import { hex, hexOrDigest } from "./hex.ts";
import type { BpfOp, Buf, Op, Ref } from "./ops.ts";
import { Placer } from "./placer.ts";
import type { Address, Target } from "./target.ts";
import { walk } from "./walk.ts";

/** No process has this many fds open, so it is a closed one on every target. */
const CLOSED_FD = 0x3fffff00;

/** Stands for the id of the n-th map, so that an id is never taken for data. */
const ID_MARK = 0xd1d00000;

interface Piece {
  name: string;
  /** What the piece held when the command began. */
  before: Uint8Array;
  after: () => Uint8Array;
  refs: Ref[];
  isEdge?: boolean;
  ids?: { at: number; count: number; stride: number };
}

export class Runner {
  readonly target: Target;
  readonly placer: Placer;
  /** bpf(2) calls made for the script's operations, the steps of walks included. */
  calls = 0;
  #fds = new Map<number, number>();
  #idOfSlot = new Map<number, number>();
  #serialOfId = new Map<number, number>();
  #paths = new Set<string>();
  #directories = new Set<string>();

  constructor(target: Target) {
    this.target = target;
    this.placer = new Placer(target);
  }

  run(op: Op): string {
    switch (op.op) {
      case "bpf":
        return this.#runBpf(op);
      case "walk":
        return walk(this, op);
      case "close": {
        const fd = this.fd(op.slot);
        this.#fds.delete(op.slot);
        return String(this.target.close(fd));
      }
      case "dup":
        return this.#keep(op.to, this.target.dup(this.fd(op.slot)));
      case "unlink":
        return String(this.target.unlink(this.#path(op.path)));
      case "mkdir":
        this.#directories.add(this.#path(op.path));
        return String(this.target.mkdir(this.#path(op.path)));
      case "settle":
        this.target.settle();
        return "";
    }
  }

  /** Closes what the script left open and removes its pins, so that the next script finds the target as this one did. */
  finish(): void {
    for (const fd of this.#fds.values()) this.target.close(fd);
    for (const path of this.#paths) this.target.unlink(path);
    for (const path of this.#directories) this.target.rmdir(path);
  }

  fd(slot: number): number {
    return this.#fds.get(slot) ?? CLOSED_FD;
  }

  /** What stands for a map id in an answer; 0xffffffff for an id of no map of this script. */
  symbolOfId(id: number): number {
    const serial = this.#serialOfId.get(id);
    return serial === undefined ? 0xffffffff : (ID_MARK | serial) >>> 0;
  }

  #runBpf(op: BpfOp): string {
    this.placer.reset();
    const pieces: Piece[] = [];
    const attr = op.attr.slice();
    this.#fill(attr, op.refs, "", pieces);
    let ret: number;
    let attrAfter: Uint8Array = attr;
    const before = attr.slice();
    if (op.place === undefined) {
      ret = this.#call(op, () => this.target.bpf(op.cmd, attr, op.size), attr);
    } else if (op.place === "edge") {
      const spot = this.placer.place(attr, true, 0);
      const call = () => this.target.bpfAt(op.cmd, spot.address, op.size);
      ret = this.#call(op, call, attr);
      attrAfter = spot.read();
    } else {
      const address = this.target.badPointer(op.place);
      ret = this.#call(op, () => this.target.bpfAt(op.cmd, address, op.size), attr);
    }
    const ids = op.idAt === undefined ? undefined : { at: op.idAt, count: 1, stride: 4 };
    // What was written is read first: looking at a new fd uses the same memory.
    let changes = this.#changes({ name: "a", before, after: () => attrAfter, refs: op.refs, ids });
    for (const piece of pieces) {
      // How much of a write arrives before it faults is chance, not an answer.
      if (ret !== -Errno.EFAULT || piece.isEdge !== true) changes += this.#changes(piece);
    }
    return (op.slot === undefined || ret < 0 ? String(ret) : this.#keep(op.slot, ret)) + changes;
  }

  /**
   * Calls, and where maps of other processes are visible, answers MAP_GET_NEXT_ID as if there were none. Only calls
   * with the union in the passed bytes are seen through; elsewhere scripts do not ask for an id that exists.
   */
  #call(op: BpfOp, call: () => number, attr: Uint8Array): number {
    this.calls++;
    let ret = call();
    if (op.cmd !== Cmd.MAP_GET_NEXT_ID || !this.target.sharesIds || op.place !== undefined) return ret;
    const view = new DataView(attr.buffer);
    const startId = view.getUint32(0, true);
    const nextIdBefore = new DataView(op.attr.buffer, op.attr.byteOffset).getUint32(4, true);
    while (ret === 0 && !this.#serialOfId.has(view.getUint32(4, true))) {
      view.setUint32(0, view.getUint32(4, true), true);
      ret = call();
    }
    view.setUint32(0, startId, true);
    if (ret !== 0) view.setUint32(4, nextIdBefore, true);
    return ret;
  }

  /** Writes the values of `refs` into `bytes`, placing their buffers first. */
  #fill(bytes: Uint8Array, refs: Ref[], name: string, pieces: Piece[]): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const addresses: Address[] = [];
    refs.forEach((ref, index) => {
      if ("fd" in ref) return view.setInt32(ref.at, this.fd(ref.fd), true);
      if ("plainFd" in ref) return view.setInt32(ref.at, this.target.plainFd, true);
      if ("id" in ref) return view.setUint32(ref.at, this.#idOfSlot.get(ref.id) ?? 0, true);
      let address: Address;
      if ("bad" in ref) address = this.target.badPointer(ref.bad);
      else if ("same" in ref) address = addresses[ref.same];
      else if ("path" in ref) address = this.placer.place(this.#pathBytes(ref.path), false, 0).address;
      else address = this.#placeBuf(ref.buf, `${name}${name && "."}${index}`, pieces);
      addresses[index] = address;
      view.setUint32(ref.at, address.low, true);
      view.setUint32(ref.at + 4, address.high, true);
    });
  }

  #placeBuf(buf: Buf, name: string, pieces: Piece[]): Address {
    const before = buf.data.slice();
    if (buf.refs !== undefined) this.#fill(before, buf.refs, name, pieces);
    const spot = this.placer.place(before, buf.edge === true, buf.skew ?? 0);
    if (buf.opaque !== true) {
      pieces.push({ name: `r${name}`, before, after: spot.read, refs: buf.refs ?? [], ids: buf.ids, isEdge: buf.edge });
    }
    return spot.address;
  }

  #changes({ name, before, after: read, refs, ids }: Piece): string {
    const shown = read().slice();
    this.#hideNumbers(shown, before, refs, ids);
    let first = 0;
    let end = shown.length;
    while (first < end && shown[first] === before[first]) first++;
    if (first === end) return "";
    while (shown[end - 1] === before[end - 1]) end--;
    return ` ${name}+${first}:${hexOrDigest(shown.subarray(first, end))}`;
  }

  /** Blanks addresses and fds that were passed in and are still there, and replaces ids by their symbols. */
  #hideNumbers(shown: Uint8Array, before: Uint8Array, refs: Ref[], ids: Piece["ids"]): void {
    for (const ref of refs) {
      const width = "fd" in ref || "id" in ref || "plainFd" in ref ? 4 : 8;
      const field = shown.subarray(ref.at, ref.at + width);
      const fieldBefore = before.subarray(ref.at, ref.at + width);
      const isKept = hex(field) === hex(fieldBefore);
      fieldBefore.fill(0);
      if (isKept) field.fill(0);
    }
    if (ids === undefined) return;
    const view = new DataView(shown.buffer, shown.byteOffset, shown.byteLength);
    const viewBefore = new DataView(before.buffer, before.byteOffset, before.byteLength);
    for (let i = 0, at = ids.at; i < ids.count && at + 4 <= shown.length; i++, at += ids.stride) {
      const id = view.getUint32(at, true);
      if (id !== viewBefore.getUint32(at, true)) view.setUint32(at, this.symbolOfId(id), true);
    }
  }

  /** Remembers a new fd under a slot; the answer names the map, which is what a caller can see of it. */
  #keep(slot: number, fd: number): string {
    if (fd < 0) return String(fd);
    const old = this.#fds.get(slot);
    if (old !== undefined) this.target.close(old);
    this.#fds.set(slot, fd);
    const id = this.#idOf(fd);
    this.#idOfSlot.set(slot, id);
    if (!this.#serialOfId.has(id)) this.#serialOfId.set(id, this.#serialOfId.size + 1);
    return `map${this.#serialOfId.get(id)}`;
  }

  #idOf(fd: number): number {
    this.placer.reset();
    const info = this.placer.place(new Uint8Array(8), false, 0);
    const attr = new AttrBytes(16).u32(0, fd).u32(4, 8).address(8, info.address).bytes;
    const ret = this.target.bpf(Cmd.OBJ_GET_INFO_BY_FD, attr, attr.length);
    if (ret !== 0) throw new Error(`${this.target.name}: OBJ_GET_INFO_BY_FD of a new fd answers ${ret}`);
    return new DataView(info.read().buffer).getUint32(4, true);
  }

  #path(path: string): string {
    const whole = path.startsWith("@") ? this.target.bpffs + path.slice(1) : path;
    this.#paths.add(whole);
    return whole;
  }

  #pathBytes(path: string): Uint8Array {
    return new TextEncoder().encode(this.#path(path) + "\0");
  }
}
