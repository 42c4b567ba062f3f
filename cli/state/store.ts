// The kernel that a command line works on: restored from the state file, and saved to it when something may have changed.
import { Kernel, SnapshotError } from "../../bindings/index.ts";
import { Fail, fileErrorText } from "../fail.ts";
import type { Claim } from "./claim.ts";
import { encodeHeader, StateError } from "./format.ts";
import type { Holder } from "./holder.ts";
import { LostError, ObstacleError, WaitError } from "./lock_errors.ts";
import { fileIdentity, readState } from "./read.ts";
import { targetOf } from "./target.ts";

/** What the store needs to know of the command line. */
export interface StoreOptions {
  path: string;
  /** Takes the lock before the state is read, and allows saving. */
  writes: boolean;
  /** Possible CPUs of a state that does not exist yet; asked only then. */
  cpus: () => number;
  waitMs: number;
  onWait: (message: string) => void;
}

function newKernel(cpus: number): Kernel {
  try {
    return Kernel.loadSync({ cpus });
  } catch (error) {
    if (error instanceof RangeError) throw new Fail(`can't make a kernel of ${cpus} CPUs: ${error.message}`);
    throw error;
  }
}

/** Who holds a lock, in words. */
function nameOf(holder: Holder | undefined): string {
  return holder === undefined ? "another process" : `process ${holder.pid}`;
}

export class Store {
  readonly #options: StoreOptions;
  #kernel: Kernel | undefined;
  /** What the file held when it was read; undefined when there was none. */
  #snapshot: Uint8Array | undefined;
  #identity = "";
  #target = "";
  #claim: Claim | undefined;
  #prepared = false;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The kernel, restored when it is first asked for. Throws Fail when the file is locked, unreadable or damaged. */
  async load(): Promise<Kernel> {
    const { path, writes } = this.#options;
    if (writes) await this.#lock();
    try {
      const read = readState(path);
      this.#identity = read?.identity ?? "";
      this.#snapshot = read?.snapshot;
      if (read !== undefined) return (this.#kernel = Kernel.loadSync({ snapshot: read.snapshot }));
    } catch (error) {
      throw new Fail(`can't read state file ${path}: ${readErrorText(error)}`);
    }
    // A kernel that is only looked at is empty: it needs neither CPUs nor a seed nobody knows.
    this.#kernel = writes ? newKernel(this.#options.cpus()) : Kernel.loadSync({ seed: 0 });
    return this.#kernel;
  }

  async #lock(): Promise<void> {
    const { path, waitMs, onWait } = this.#options;
    const { waitForClaim } = await import("./wait.ts");
    try {
      this.#target = targetOf(path);
      this.#claim = await waitForClaim(this.#target, waitMs, (holder) => {
        onWait(`waiting for ${nameOf(holder)}, which is using ${path}`);
      });
    } catch (error) {
      const problem =
        error instanceof WaitError
          ? `${nameOf(error.holder)} has been using it for ${waitMs / 1000} seconds`
          : error instanceof ObstacleError
            ? error.message
            : fileErrorText(error);
      throw new Fail(`can't lock state file ${path}: ${problem}`);
    }
  }

  /** Changes whenever the file is replaced. Of a writer it is exact: nobody else writes while it holds the lock. */
  get stamp(): string {
    return this.#identity;
  }

  /**
   * Writes the kernel beside the file and syncs it, unless nothing has changed; then commit() has little left that can
   * fail. Throws Fail when that is not possible, and LostError when the file is no longer the one that was read.
   */
  prepare(): void {
    if (this.#kernel === undefined || this.#claim === undefined) return;
    const claim = this.#claim;
    const snapshot = this.#kernel.snapshot();
    if (this.#snapshot && Buffer.compare(this.#snapshot, snapshot) === 0) return;
    this.#attempt(() => {
      claim.write(encodeHeader(snapshot.length), snapshot);
      this.#check();
    });
    this.#prepared = true;
  }

  /** Replaces the file by what prepare() wrote, and gives the lock back. Throws as prepare(), with the file as it was. */
  commit(): void {
    if (!this.#prepared) return;
    this.#attempt(() => {
      this.#check();
      this.#claim!.commit();
      this.#identity = fileIdentity(this.#target);
    });
  }

  /** That the file is the one that was read: who does not ask for the lock (`cp`, an editor) can replace it at any time. */
  #check(): void {
    this.#claim!.check();
    if (fileIdentity(this.#target) !== this.#identity) throw new LostError();
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof LostError) throw error;
      throw new Fail(`can't write state file ${this.#options.path}: ${fileErrorText(error)}`);
    }
  }

  /** Gives the lock back; without commit() the file stays as it was. */
  close(): void {
    this.#claim?.release();
    this.#claim = undefined;
  }
}

function readErrorText(error: unknown): string {
  if (error instanceof StateError) return error.message;
  if (error instanceof SnapshotError) return error.message.replace(/^Cannot restore snapshot: /, "");
  return fileErrorText(error);
}
