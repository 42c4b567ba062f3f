// BPF_MAP_TYPE_LPM_TRIE: prefixes, and for an address the longest one that it starts with.
import { Cmd, Engine, Errno } from "../../assembly/uapi/constants.ts";
import { type Core, NULL, type Views } from "../abi/core.ts";
import type { Door } from "../abi/door.ts";
import { isUint8Array } from "../abi/realms.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { ipv4Prefix } from "../codecs/ip_codecs.ts";
import { type Address, PREFIX_DATA, readPrefixlen, writePrefixlen } from "../codecs/prefix.ts";
import { Kind } from "../codecs/scalar.ts";
import type { GetOptions } from "./base.ts";
import { batchOf, type WalkOptions } from "./buckets.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { ElementWalk } from "./element_walk.ts";
import type { Elements } from "./elements.ts";
import type { MapHost } from "./host.ts";
import type { InitialEntries } from "./initial_entries.ts";
import { addressCodec, addressTest, queryCodec } from "./lpm_key.ts";
import { LpmReader, LpmSource } from "./lpm_walk.ts";
import { Many, targetsOf } from "./many.ts";
import { encodeMany, type ManyOf, viewsOf } from "./many_encode.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { Slot } from "./slot.ts";
import { checkTarget } from "./values.ts";
import { WalkedMap } from "./walked.ts";

/** What `createMap` makes an LPM trie from. It adds BPF_F_NO_PREALLOC to `flags`, without which Linux makes none. */
export interface LpmTrieSpec<K, V> extends CommonSpec, InitialEntries {
  type: "lpm_trie";
  /** `ipv4Prefix`, `ipv6Prefix`, `prefixBytes(n)`, or any codec of a u32 prefix length and the data behind it. */
  key: Codec<K>;
  value: Codec<V>;
}

/** What `get` and `has` are asked for: a prefix, or an address in any form that `lookup` takes. */
export type PrefixOrAddress<K> = Input<K> | Address;

/** The answer of `match`. */
export interface PrefixMatch<K, V> {
  prefix: K;
  value: V;
}

/**
 * BPF_MAP_TYPE_LPM_TRIE. What `get`, `has`, `getInto` and `getMany` are asked for decides what they answer: for an address
 * (text without "/", a number for IPv4, bytes as long as the key's data) the longest stored prefix of it, as `lookup`; for
 * a prefix (text with "/", an object, the bytes of a whole key) exactly that prefix. (LOOKUP of Linux finds the longest
 * match whatever the prefix length of its key; a `get` of a prefix compares the one that answered.)
 *
 * What changes the trie is always about exactly one prefix. For `set`, `add`, `replace`, `delete`, `take`, `getOrInsert` and
 * `update` an address as text is the prefix of all its bits, "10.0.0.1/32", as it is for `ip route add`; other forms of
 * addresses are refused. `lookup`, `lookupInto`, `lookupMany` and `match` take addresses only.
 *
 * The bits behind a prefix do not count: "10.1.2.3/8" and "10.0.0.0/8" are one key, which reads as it was last written.
 * Elements come in the order of the trie: what a prefix covers comes before the prefix itself, else the lower address
 * first. An iteration may run while the map changes: it goes on in order, so it meets no prefix twice; one that was deleted
 * before its turn is left out, one that was changed has its new value, and one that is added is met if its place is still
 * to come. A `set` of a new prefix in a full trie throws BpfError ENOSPC.
 *
 * @example
 * const routes = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 1000 });
 * routes.set("10.0.0.0/8", 1).set("10.1.0.0/16", 2);
 * routes.get("10.1.2.3"); // 2
 * routes.match("10.9.9.9"); // { prefix: "10.0.0.0/8", value: 1 }
 * routes.get("10.1.2.3/32"); // undefined
 */
export class LpmTrieMap<K, V> extends WalkedMap<K, V> {
  readonly #core: Core;
  readonly #door: Door;
  readonly #elements: Elements<K, V>;
  /** What `lookup` takes, encoded as the key that it is. */
  readonly #address: Slot<Address>;
  readonly #isAddress: (value: unknown) => value is Address;
  readonly #reader: LpmReader;
  /** Its fd is -1 once the map is closed: then nothing is found by it, and the slower way says why. */
  readonly #owned: OwnedFd;
  /** Whether `lookup` asks by number for an address that is one: keys are IPv4 prefixes and values u32 (row 13). */
  readonly #words: boolean = false;
  #addresses: Many<Address, V> | undefined;

  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
    const { core } = host;
    const { key, value } = (this.#elements = this.elements);
    this.#core = core;
    this.#door = core.door;
    this.#owned = owned;
    this.#words = description.key === ipv4Prefix && value.kind === Kind.U32;
    this.#address = new Slot(addressCodec(key.codec, key.size), key.size);
    this.#isAddress = addressTest(key.codec, key.size);
    this.#reader = new LpmReader(core, owned, key.size, value.size, (cmd, errno) => this.failure(cmd, errno));
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "LpmTrieMap";
  }

  /**
   * The value of the longest stored prefix of an address, or undefined when there is none. The address is text or, for
   * IPv4, an unsigned 32-bit number (10.0.0.1 is 0x0a000001), or its bytes; the latter two allocate nothing. Throws
   * TypeError or RangeError for what is no address, BpfError EPERM on a write-only fd.
   */
  lookup(address: Address): V | undefined {
    if (this.#words === true && typeof address === "number" && address >>> 0 === address) {
      const value = this.#door.lpmValueU32(this.#owned.fd, address);
      if (value !== Engine.UNCLEAR) return (value >>> 0) as V;
      const error = this.#door.lastError();
      if (error === 0) return value as V;
      if (error === -Errno.ENOENT) return undefined;
      // Not by this fd, or not now: while calls are logged, or once the map is closed.
    }
    this.#putAddress(address);
    const ptr = this.#elements.findCurrent();
    return ptr === NULL ? undefined : this.#elements.value.take(this.#core.fresh(), ptr);
  }

  /** Reads what `lookup` finds into `out`, as `getInto`, and returns whether there is something. */
  lookupInto(address: Address, out: V | ArrayBufferView): boolean {
    checkTarget(this.valueCodec, this.#elements.value.size, out);
    this.#putAddress(address);
    if (!this.#elements.lookupCurrent()) return false;
    this.#elements.valueInto(out);
    return true;
  }

  /** `lookup` of many addresses, in their order. */
  lookupMany(addresses: Iterable<Address>): (V | undefined)[] {
    // Bytes are one address to `lookup`; here they would be numbers, or keys.
    if (isUint8Array(addresses)) throw new TypeError("Cannot look up many: expected a list of addresses, got bytes");
    this.open();
    this.#addresses ??= new Many(this.#core, this.#owned, this.#address, this.#elements.value, {
      open: () => this.open(),
      fail: (cmd, errno) => this.failure(cmd, errno),
    });
    return this.#addresses.get(addresses as Iterable<never>);
  }

  /** The longest stored prefix of an address, with its value; undefined when there is none. Throws as `lookup`. */
  match(address: Address): PrefixMatch<K, V> | undefined {
    this.#putAddress(address);
    if (!this.#matchCurrent()) return undefined;
    const [prefix, value] = this.#takeElement();
    return { prefix, value };
  }

  /**
   * The value of a prefix, or undefined when exactly that prefix is not stored; for an address, what `lookup` answers. Throws
   * BpfError EPERM on a write-only fd, TypeError or RangeError for what is neither.
   */
  override get(key: PrefixOrAddress<K>, options?: GetOptions): V | undefined {
    if (options !== undefined) this.checkFlags(key as Input<K>, options);
    return this.#isAddress(key) ? this.lookup(key) : this.getExact(key);
  }

  /** Whether a prefix is stored, or, for an address, whether any prefix of it is. Throws as `get`. */
  override has(key: PrefixOrAddress<K>): boolean {
    return this.#findAny(key);
  }

  override getInto(key: PrefixOrAddress<K>, out: V | ArrayBufferView): boolean {
    checkTarget(this.valueCodec, this.#elements.value.size, out);
    if (!this.#findAny(key)) return false;
    this.#elements.valueInto(out);
    return true;
  }

  /** What `get` answers for each of many prefixes or addresses, in their order. A Uint8Array is whole keys, one behind the other. */
  override getMany(keys: ManyOf<K> | Iterable<Address>): (V | undefined)[] {
    const { count, find } = this.#queries(keys);
    return Array.from({ length: count }, (_, i) => (find(i) ? this.#elements.takeValue() : undefined));
  }

  override getManyInto(keys: ManyOf<K> | Iterable<Address>, out: ArrayBufferView, found?: Uint8Array): number {
    const { count, find } = this.#queries(keys);
    const { size } = this.#elements.value;
    const [values, flags] = targetsOf(count, size, out, found);
    let hits = 0;
    for (let i = 0; i < count; i++) {
      const hit = find(i);
      if (flags !== undefined) flags[i] = hit ? 1 : 0;
      if (!hit) continue;
      hits++;
      this.#elements.valueInto(values.subarray(i * size, (i + 1) * size));
    }
    return hits;
  }

  /**
   * `[prefix, value]` of every stored prefix that covers the given one, itself included if it is stored, the longest
   * first. Throws as `get`.
   */
  covering(prefix: Input<K>): IterableIterator<[K, V]> {
    return this.#covering(this.#keyBytes(prefix));
  }

  *#covering(key: Views): IterableIterator<[K, V]> {
    for (;;) {
      this.#elements.putKeyBytes(key, 0);
      if (!this.#matchCurrent()) return;
      const prefixlen = readPrefixlen(this.#core.fresh().u8, this.#elements.keyPtr);
      yield this.#takeElement();
      if (prefixlen === 0) return;
      writePrefixlen(key.u8, 0, prefixlen - 1);
    }
  }

  /** `[prefix, value]` of every stored prefix that the given one covers, itself included if it is stored, in trie order. */
  coveredBy(prefix: Input<K>, options?: WalkOptions): IterableIterator<[K, V]> {
    return this.entriesOf(this.batches(options, this.#keyBytes(prefix).u8.slice(0, this.#elements.key.size)));
  }

  override count(): number {
    const walk = this.walk();
    let count = 0;
    while (walk.next() !== -1) count++;
    return count;
  }

  override clear(): void {
    const walk = this.walk();
    for (let index = walk.next(); index !== -1; index = walk.next()) this.#deleteAt(walk, index);
  }

  /** Deletes a prefix and returns the value that it had, or undefined when it is absent. Throws as `get` and `delete`. */
  take(prefix: Input<K>): V | undefined {
    this.#elements.putKey(prefix);
    if (!this.#exactCurrent()) return undefined;
    this.#elements.deleteCurrent();
    return this.#elements.takeValue();
  }

  /**
   * Takes the prefixes out of the map one by one, as `[prefix, value]`. Every one is deleted in the moment in which it is
   * delivered: those that a loop does not come to, because it breaks or throws, stay in the map; so do prefixes that are
   * added where the walk has been. Throws as `take`.
   */
  drain(options?: WalkOptions): IterableIterator<[K, V]> {
    return this.#drain(this.walk(options));
  }

  *#drain(walk: ElementWalk<K, V>): IterableIterator<[K, V]> {
    for (let index = walk.next(); index !== -1; index = walk.next()) {
      if (!this.#deleteAt(walk, index)) continue;
      yield [walk.keys.at(index), walk.values.at(index)];
    }
  }

  protected override explain(cmd: number, code: string): string | undefined {
    if (code === "ENOSPC") return `it holds maxEntries (${this.maxEntries}) prefixes`;
    if (code === "EINVAL" && cmd !== Cmd.MAP_CREATE) {
      return `prefixlen must be at most ${(this.#elements.key.size - PREFIX_DATA) * 8}, and flags BPF_ANY, BPF_NOEXIST or BPF_EXIST`;
    }
    return super.explain(cmd, code);
  }

  protected override batches(options?: WalkOptions, under?: Uint8Array): LpmSource {
    this.open();
    return new LpmSource(this.#reader, under, batchOf(options));
  }

  #putAddress(address: Address): void {
    this.open();
    const slot = this.#address;
    const begun = slot.begin(address);
    if (this.#owned.fd === -1) this.open();
    slot.finish(this.#core.fresh(), this.#elements.keyPtr, address, begun);
  }

  /** The key of a prefix, encoded. */
  #keyBytes(prefix: Input<K>): Views {
    this.#elements.putKey(prefix);
    return this.#elements.key.lift(this.#core.fresh(), this.#elements.keyPtr);
  }

  /** The key and the value in their blocks, decoded: both are copied out before a codec runs. */
  #takeElement(): [K, V] {
    const views = this.#core.fresh();
    const key = this.#elements.key.lift(views, this.#elements.keyPtr);
    const value = this.#elements.value.lift(views, this.#elements.valuePtr);
    return [this.#elements.key.read(key), this.#elements.value.read(value)];
  }

  /** Longest match of the key in the key block: its prefix in the key block, its value in the value block. */
  #matchCurrent(): boolean {
    const ret = this.#door.lpmMatch(this.#owned.fd, this.#elements.keyPtr, this.#elements.keyPtr, this.#elements.valuePtr);
    if (ret === 0) return true;
    if (ret === -Errno.ENOENT) return false;
    throw this.failure(Cmd.MAP_LOOKUP_ELEM, ret);
  }

  protected override getExact(prefix: Input<K>): V | undefined {
    this.#elements.putKey(prefix);
    return this.#exactCurrent() ? this.#elements.takeValue() : undefined;
  }

  protected override putQuery(key: PrefixOrAddress<K>): void {
    if (this.#isAddress(key)) this.#putAddress(key);
    else this.#elements.putKey(key);
  }

  /** Finds a prefix, or the longest one of an address; its value is then in the value block. */
  #findAny(key: PrefixOrAddress<K>): boolean {
    this.putQuery(key);
    return this.#isAddress(key) ? this.#elements.lookupCurrent() : this.#exactCurrent();
  }

  /** `#findAny` of many keys, by their index: all are encoded before the first is looked for. */
  #queries(keys: ManyOf<K> | Iterable<Address>): { count: number; find: (index: number) => boolean } {
    this.open();
    const { key } = this.#elements;
    // Bytes are whole keys, one behind the other.
    const addresses: boolean[] = [];
    const slot = isUint8Array(keys) ? key : new Slot(queryCodec(key.codec, this.#address.codec, this.#isAddress, addresses), key.size);
    const encoded = encodeMany(slot, keys as ManyOf<any>);
    const views = viewsOf(encoded);
    const find = (index: number): boolean => {
      this.#elements.putKeyBytes(views, index * key.size);
      return addresses[index] === true ? this.#elements.lookupCurrent() : this.#exactCurrent();
    };
    return { count: encoded.count, find };
  }

  /** Whether the longest match of the key in the key block is that prefix itself. */
  #exactCurrent(): boolean {
    const prefixlen = readPrefixlen(this.#core.fresh().u8, this.#elements.keyPtr);
    return this.#matchCurrent() && readPrefixlen(this.#core.fresh().u8, this.#elements.keyPtr) === prefixlen;
  }

  #deleteAt(walk: ElementWalk<K, V>, index: number): boolean {
    this.#elements.putKeyBytes(walk.keys.views, index * walk.keys.size);
    return this.#elements.deleteCurrent();
  }

  protected override reread(keys: Views, keyPtr: number, values: Views, valuePtr: number): boolean {
    this.#elements.putKeyBytes(keys, keyPtr);
    if (!this.#exactCurrent()) return false;
    this.#elements.copyCurrent(keys, keyPtr, values, valuePtr);
    return true;
  }
}
