// Random scripts: one map after the other of a type, each with a few hundred weighted operations on few keys, so that
// collisions, full maps, absent keys and every error come up often. The same seed gives the same script.

import { Cmd, InfoAt, Limit, MapType } from "./abi.ts";
import * as build from "./build.ts";
import { damage } from "./damage.ts";
import { InnerMaps } from "./inner_maps.ts";
import { KeySpace } from "./key_space.ts";
import type { Buf, Op, Script } from "./ops.ts";
import { Prng } from "./prng.ts";
import { FILLED_FROM } from "./profiles.ts";
import type { Action, Profile } from "./profiles.ts";
import { isHash, isLru, isOuter, isUnordered, viewSize } from "./shape.ts";
import type { Shape } from "./shape.ts";
import { randomCreate } from "./sweep.ts";
import { pattern, randomValue } from "./values.ts";

/** Slots: the map, a second fd of it, the odd map that create makes, and one that is never filled. */
export const Slot = { main: 0, second: 1, odd: 2, never: 9 } as const;

const pinPaths = ["@/a", "@/a", "@/b", "@/dir/c"];
const oddPaths = [
  "", "@", "@/", "@/dir", "@/a/b", "@/a/", "@/none/c", "@/x.y", "@/dir/../a", "@//b", "@/dir/./c", "/", "/bpf-maps-no-such",
  "bpf-maps-no-such", `@/${"n".repeat(255)}`, `@/${"n".repeat(256)}`,
];

export function generate(profile: Profile, seed: number, opCount: number, cpus: number): Script {
  return new Generator(profile, seed, cpus).script(opCount);
}

class Generator {
  #profile: Profile;
  #seed: number;
  #cpus: number;
  #rng: Prng;
  #ops: Op[] = [];
  #shape!: Shape;
  #keys!: KeySpace;
  #inner: InnerMaps;

  constructor(profile: Profile, seed: number, cpus: number) {
    this.#profile = profile;
    this.#seed = seed;
    this.#cpus = cpus;
    this.#rng = new Prng(seed, profile.name);
    this.#inner = new InnerMaps(this.#rng);
  }

  get #isPlainData(): boolean {
    return this.#profile.values === "bytes";
  }

  script(opCount: number): Script {
    this.#ops.push({ op: "mkdir", path: "@/dir" });
    while (this.#ops.length < opCount) this.#life(opCount - this.#ops.length);
    return { name: this.#profile.name, seed: this.#seed, ops: this.#ops };
  }

  /** One map from MAP_CREATE to the last close. */
  #life(opsLeft: number): void {
    const rng = this.#rng;
    this.#shape = this.#profile.shape(rng);
    this.#keys = new KeySpace(rng, this.#shape, this.#profile.keys);
    if (isOuter(this.#shape.type)) this.#ops.push(...this.#inner.open());
    this.#ops.push(this.#create());
    if (isHash(this.#shape.type) && this.#shape.maxEntries > FILLED_FROM) this.#ops.push(this.#fill());
    const count = Math.min(opsLeft, rng.between(...this.#profile.opsPerMap));
    for (let i = 0; i < count; i++) this.#step();
    for (const slot of [Slot.main, Slot.second, Slot.odd]) this.#ops.push({ op: "close", slot });
    for (const path of new Set(pinPaths)) this.#ops.push({ op: "unlink", path });
    if (isOuter(this.#shape.type)) this.#ops.push(...this.#inner.close());
  }

  #create(): Op {
    const { type, keySize, valueSize, maxEntries, flags, extra } = this.#shape;
    const attrs = {
      map_type: type, key_size: keySize, value_size: valueSize, max_entries: maxEntries, map_flags: flags, map_extra: extra,
    };
    const refs = isOuter(type) ? [this.#inner.templateRef()] : [];
    return build.create(Slot.main, attrs, refs, new TextEncoder().encode("oracle"));
  }

  /** Nearly all, all, or more than all keys that fit. */
  #fill(): Op {
    const count = this.#shape.maxEntries + this.#rng.pick([-100, -20, 0, 5]);
    const values = { data: this.#valuesOf(count) };
    return build.batch(Cmd.MAP_UPDATE_BATCH, Slot.main, { keys: { data: this.#keys.first(count) }, values, count });
  }

  #step(): void {
    const rng = this.#rng;
    const action = rng.weighted(this.#profile.weights);
    if (isOuter(this.#shape.type) && action === "nextId") this.#ops.push({ op: "settle" });
    let op = this.#op(action);
    if (op === undefined) return;
    if (op.op === "bpf" && rng.chance(0.12) && !this.#isSeedDependent(action)) op = damage(rng, op, this.#isPlainData);
    this.#ops.push(op);
    // A syscall lookup does not count as a use, so looking at the whole map changes nothing about it.
    if (isLru(this.#shape.type) && op.op !== "walk") this.#ops.push(this.#walkBatch(false));
  }

  /** Spoiling one of these may leave a valid call whose answer depends on how keys fall into buckets. */
  #isSeedDependent(action: Action): boolean {
    return isUnordered(this.#shape) && (action === "lookupBatch" || action === "drainBatch");
  }

  #op(action: Action): Op | undefined {
    const rng = this.#rng;
    switch (action) {
      case "lookup":
        return build.elem(Cmd.MAP_LOOKUP_ELEM, this.#slot(), this.#key(), this.#lookupValue());
      case "update":
        return build.elem(Cmd.MAP_UPDATE_ELEM, this.#ownSlot(), this.#key(), this.#value(), this.#updateFlags());
      case "delete":
        return build.elem(Cmd.MAP_DELETE_ELEM, this.#slot(), this.#key());
      case "next":
        return this.#nextKey();
      case "lookupAndDelete":
        return build.elem(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, this.#slot(), this.#key(), this.#out(this.#view()));
      case "lookupBatch":
        return this.#readBatch(Cmd.MAP_LOOKUP_BATCH);
      case "drainBatch":
        return this.#readBatch(Cmd.MAP_LOOKUP_AND_DELETE_BATCH);
      case "updateBatch":
        return this.#updateBatch();
      case "deleteBatch":
        return this.#deleteBatch();
      case "walk":
        return this.#walk();
      case "freeze":
        return this.#freeze();
      case "info":
        return this.#info();
      case "nextId":
        return build.nextId(rng.pick([undefined, Slot.main, Slot.second, Slot.odd]));
      case "fdById":
        return this.#fdById();
      case "pin":
        return build.pin(this.#slot(), this.#path());
      case "get":
        return build.getPinned(Slot.second, this.#path(), rng.pick([0, 0, 0, 8, 16, 24, 1]));
      case "unlink":
        return { op: "unlink", path: rng.pick(pinPaths) };
      case "close":
        return { op: "close", slot: rng.pick([Slot.second, Slot.odd, Slot.never]) };
      case "dup":
        return { op: "dup", slot: Slot.main, to: Slot.second };
      case "create":
        return randomCreate(rng, Slot.odd, this.#cpus);
    }
  }

  #slot(): number {
    return this.#rng.chance(0.93) ? Slot.main : this.#rng.pick([Slot.second, Slot.second, Slot.odd, Slot.never]);
  }

  /**
   * Not the odd map: the order of its elements may be random, and a value of this map may be an fd there, which is then
   * a number that each side has opened or not.
   */
  #ownSlot(): number {
    return this.#rng.chance(0.93) ? Slot.main : this.#rng.pick([Slot.second, Slot.second, Slot.never]);
  }

  #fdById(): Op {
    const openFlags = this.#rng.pick([0, 0, 0, 8, 16, 24, 1]);
    // The second slot stays the same map as the main one.
    const [from, to] = this.#rng.pick([[Slot.main, Slot.second], [Slot.main, Slot.second], [Slot.odd, Slot.odd]]);
    return build.fdById(from, to, openFlags);
  }

  #view(): number {
    return viewSize(this.#shape, this.#cpus);
  }

  /** An in buffer: mostly in the open, sometimes at an odd address or ending at an unreadable one. */
  #in(data: Uint8Array): Buf {
    if (this.#rng.chance(0.06) && data.length < 1024) return { data, edge: true };
    return this.#rng.chance(0.06) ? { data, skew: this.#rng.between(1, 15) } : { data };
  }

  /** An out buffer with bytes behind it that must stay as they are, or none at all. */
  #out(size: number): Buf {
    if (this.#rng.chance(0.06) && size < 1024) return { ...build.outBuf(size), edge: true };
    return build.outBuf(size + this.#rng.pick([0, 1, 8, 8]));
  }

  #key(): Buf | undefined {
    const key = this.#keys.random();
    return key === undefined ? undefined : this.#in(key);
  }

  #value(): Buf {
    if (this.#profile.values === "innerMap") return this.#inner.value();
    const buf = randomValue(this.#rng, this.#profile.values, this.#shape, this.#view());
    return buf.refs === undefined ? this.#in(buf.data) : buf;
  }

  #valuesOf(count: number): Uint8Array {
    const view = this.#view();
    const values = new Uint8Array(count * view);
    for (let i = 0; i < count; i++) values.set(pattern(this.#rng, view), i * view);
    return values;
  }

  /** For a bloom filter the value is what is looked up; for an outer map it comes back as an id. */
  #lookupValue(): Buf {
    if (this.#shape.type === MapType.BLOOM_FILTER) return this.#value();
    const buf = this.#out(this.#view());
    return isOuter(this.#shape.type) ? { ...buf, ids: { at: 0, count: 1, stride: 4 } } : buf;
  }

  #updateFlags(): number {
    return this.#rng.chance(0.6) ? 0 : this.#rng.pick([1, 2, 2, 2, 1, 3, 4]);
  }

  #nextKey(): Op {
    const next = this.#out(Math.max(this.#shape.keySize, 1));
    if (!isUnordered(this.#shape)) {
      return build.nextKey(this.#ownSlot(), this.#rng.chance(0.15) ? undefined : this.#key(), next);
    }
    // Which key is first depends on the seed; that there is one does not.
    return build.nextKey(this.#ownSlot(), undefined, { ...next, opaque: true });
  }

  /** Elements a batch may hold: all, but no megabytes where a type has no batches anyway. */
  get #countMax(): number {
    return Math.min(this.#shape.maxEntries, 130);
  }

  #cursorSize(): number {
    return isHash(this.#shape.type) ? 4 : this.#shape.keySize;
  }

  #readBatch(cmd: Cmd): Op {
    const rng = this.#rng;
    const unordered = isUnordered(this.#shape);
    // With room for everything the last bucket is always reached, whatever the seed.
    const count = unordered ? this.#shape.maxEntries + rng.below(4) : rng.below(this.#countMax + 4);
    const ids = isOuter(this.#shape.type) ? { at: 0, count, stride: 4 } : undefined;
    return build.batch(cmd, unordered ? Slot.main : this.#ownSlot(), {
      in_batch: unordered || rng.chance(0.5) ? undefined : this.#cursor(),
      out_batch: this.#out(Math.max(this.#cursorSize(), 4)),
      keys: { ...this.#out(count * this.#shape.keySize), opaque: unordered },
      values: { ...this.#out(count * this.#view()), opaque: unordered, ids },
      count,
    });
  }

  /** A bucket index or a key, where the walk is to go on. */
  #cursor(): Buf {
    if (!isHash(this.#shape.type)) return this.#key() ?? { data: new Uint8Array(4) };
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, this.#rng.below(2 * this.#shape.maxEntries + 2), true);
    return this.#in(data);
  }

  #updateBatch(): Op {
    const rng = this.#rng;
    const count = rng.below(isOuter(this.#shape.type) ? 3 : Math.min(this.#shape.maxEntries, 40) + 4);
    const values = this.#profile.values === "innerMap" ? this.#inner.values(count) : this.#in(this.#valuesOf(count));
    return build.batch(Cmd.MAP_UPDATE_BATCH, this.#ownSlot(), {
      in_batch: rng.chance(0.1) ? this.#in(rng.bytes(4)) : undefined,
      keys: this.#in(this.#keys.many(count)),
      values,
      count,
      elem_flags: rng.chance(0.08) ? rng.pick([1, 2, 4, 8]) : 0,
    });
  }

  #deleteBatch(): Op {
    const count = this.#rng.below(Math.min(this.#shape.maxEntries, isOuter(this.#shape.type) ? 2 : 40) + 2);
    return build.batch(Cmd.MAP_DELETE_BATCH, this.#slot(), { keys: this.#in(this.#keys.many(count)), count });
  }

  #walk(): Op {
    if (this.#shape.keySize > 0 && this.#rng.chance(0.5)) {
      return { ...this.#walkBatch(false), how: "next", cursorSize: this.#shape.keySize };
    }
    return this.#walkBatch(this.#rng.chance(0.1));
  }

  #walkBatch(drain: boolean): Op & { op: "walk" } {
    const count = this.#rng.chance(0.5) ? this.#countMax + 1 : this.#rng.between(1, this.#countMax + 1);
    return {
      op: "walk",
      slot: Slot.main,
      how: drain ? "drain" : "batch",
      keySize: this.#shape.keySize,
      viewSize: this.#view(),
      count: isLru(this.#shape.type) ? this.#shape.maxEntries + 2 : count,
      cursorSize: this.#cursorSize(),
      sorted: isUnordered(this.#shape),
      ids: isOuter(this.#shape.type),
    };
  }

  /** Only a frozen array tells its hash. */
  #freeze(): Op {
    if (this.#shape.type !== MapType.ARRAY) return build.freeze(this.#slot());
    this.#ops.push(build.freeze(Slot.main));
    const data = new Uint8Array(Limit.INFO_SIZE);
    new DataView(data.buffer).setUint32(InfoAt.hash_size, Limit.SHA256_SIZE, true);
    return build.info(Slot.main, Limit.INFO_SIZE, data, this.#out(Limit.SHA256_SIZE));
  }

  #info(): Op {
    const rng = this.#rng;
    if (rng.chance(0.5)) return build.wholeInfo(this.#slot());
    const infoLen = rng.pick([0, 1, 8, 40, 80, 88, 96, 100, 103, 104, 105, 200, 4096, 4097]);
    const data = new Uint8Array(infoLen);
    if (rng.chance(0.3)) data.fill(build.FILL, 0, Math.min(infoLen, InfoAt.hash));
    if (rng.chance(0.1) && infoLen > InfoAt.padding) data[rng.between(InfoAt.padding, infoLen - 1)] = 1;
    const wantsHash = rng.chance(0.5) && infoLen >= InfoAt.padding;
    if (wantsHash) new DataView(data.buffer).setUint32(InfoAt.hash_size, rng.pick([32, 32, 32, 0, 31, 33]), true);
    return build.info(this.#slot(), infoLen, data, wantsHash && rng.chance(0.9) ? this.#out(32) : undefined);
  }

  #path(): string {
    return this.#rng.chance(0.7) ? this.#rng.pick(pinPaths) : this.#rng.pick(oddPaths);
  }
}
