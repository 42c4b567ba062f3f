// Which fds map objects own. An fd that is closed behind its object's back may come to stand for another map, so the object's
// `OwnedFd` is told, and the object is closed, too. An object that is collected unclosed gives its fd back, unless the caller has
// the fd: who has the number may still use it.
//
// There is no WeakRef in this: V8 keeps what one refers to until the end of the task that made it, and a map object keeps the
// whole memory of its kernel. FinalizationRegistry does not.
import type { RawCalls } from "../abi/raw.ts";
import type { OwnedFd } from "./owned_fd.ts";

/** A FinalizationRegistry, or what does nothing where there is none: then nothing is ever collected as far as this library knows. */
type Registry<T> = Pick<FinalizationRegistry<T>, "register" | "unregister">;

function registry<T>(fn: (held: T) => void): Registry<T> {
  return typeof FinalizationRegistry === "function" ? new FinalizationRegistry(fn) : { register() {}, unregister: () => false };
}

/** The open fds of one kernel's map objects. */
export class Lifetimes {
  readonly #raw: RawCalls;
  /** By fd. More than one where `openFd` was given the fd of a map object. */
  readonly #open: Map<number, OwnedFd[]> = new Map();
  readonly #registry: Registry<OwnedFd>;

  constructor(raw: RawCalls) {
    this.#raw = raw;
    raw.onClose = (fd) => this.#closing(fd);
    this.#registry = registry((owned) => this.#collected(owned));
  }

  /** Notes that a map object, which is complete, owns an fd. */
  add(map: object, owned: OwnedFd): void {
    const others = this.#open.get(owned.fd);
    if (others === undefined) this.#open.set(owned.fd, [owned]);
    else others.push(owned);
    this.#registry.register(map, owned, owned);
  }

  /** Closes an fd, and ends what map objects mapped with it. */
  close(fd: number): void {
    this.#raw.unmapAll(fd);
    this.#raw.close(fd);
  }

  /** Closes every map object that is still open. */
  closeAll(): void {
    for (const fd of [...this.#open.keys()]) this.close(fd);
  }

  /** Every object that owns the fd ends, before its number may stand for something else. */
  #closing(fd: number): void {
    const owners = this.#open.get(fd);
    if (owners === undefined) return;
    this.#open.delete(fd);
    for (const owned of owners) {
      this.#registry.unregister(owned);
      owned.end();
    }
  }

  #collected(owned: OwnedFd): void {
    if (owned.fd === -1) return;
    if (!owned.shared) this.close(owned.fd);
    else this.#leave(owned);
  }

  /** The object is gone, and the fd is the caller's. */
  #leave(owned: OwnedFd): void {
    owned.freeAll();
    const others = this.#open.get(owned.fd)?.filter((other) => other !== owned);
    if (others === undefined || others.length === 0) this.#open.delete(owned.fd);
    else this.#open.set(owned.fd, others);
  }
}
