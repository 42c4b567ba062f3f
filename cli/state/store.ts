// The kernel that a command line works on: restored from the state file, and saved to it when something may have changed.
import { Kernel, SnapshotError } from "../../bindings/index.ts";
import { Fail, fileErrorText } from "../fail.ts";
import { readWhole, replaceFile, stampOf, targetOf } from "./file.ts";
import { decodeState, encodeState, StateError } from "./format.ts";

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

export class Store {
  readonly #options: StoreOptions;
  #kernel: Kernel | undefined;
  #bytes: Uint8Array | undefined;
  #stamp = "";
  #release: (() => void) | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The kernel, restored when it is first asked for. Throws Fail when the file is locked, unreadable or damaged. */
  async load(): Promise<Kernel> {
    const { path, writes } = this.#options;
    if (writes) await this.#lock();
    let bytes: Uint8Array | undefined;
    try {
      this.#stamp = stampOf(path);
      bytes = this.#bytes = readWhole(path);
    } catch (error) {
      throw new Fail(`can't read state file ${path}: ${fileErrorText(error)}`);
    }
    if (bytes === undefined) {
      // A kernel that is only looked at is empty: it needs neither CPUs nor a seed nobody knows.
      this.#kernel = writes ? newKernel(this.#options.cpus()) : Kernel.loadSync({ seed: 0 });
      return this.#kernel;
    }
    try {
      this.#kernel = Kernel.loadSync({ snapshot: decodeState(bytes) });
    } catch (error) {
      if (!(error instanceof StateError || error instanceof SnapshotError)) throw error;
      const problem = (error as Error).message.replace(/^Cannot restore snapshot: /, "");
      throw new Fail(`can't read state file ${path}: ${problem}`);
    }
    return this.#kernel;
  }

  async #lock(): Promise<void> {
    const { path, waitMs, onWait } = this.#options;
    const { lockFile, LockedError } = await import("./lock.ts");
    try {
      this.#release = lockFile(targetOf(path), waitMs, (pid) => onWait(`waiting for process ${pid}, which is using ${path}`));
    } catch (error) {
      if (!(error instanceof LockedError)) throw new Fail(`can't lock state file ${path}: ${fileErrorText(error)}`);
      const seconds = waitMs / 1000;
      throw new Fail(`can't lock state file ${path}: process ${error.pid} has been using it for ${seconds} seconds`);
    }
  }

  /** Changes whenever the file is replaced. Of a writer it is exact: nobody else writes while it holds the lock. */
  get stamp(): string {
    return this.#stamp;
  }

  /**
   * Writes the kernel back, unless nothing of it has changed. Throws Fail, with the file as it was, when it cannot be
   * written.
   */
  save(): void {
    if (this.#kernel === undefined) return;
    const { path } = this.#options;
    const bytes = encodeState(this.#kernel.snapshot());
    if (this.#bytes && Buffer.compare(this.#bytes, bytes) === 0) return;
    try {
      replaceFile(path, bytes);
      this.#stamp = stampOf(path);
    } catch (error) {
      throw new Fail(`can't write state file ${this.#options.path}: ${fileErrorText(error)}`);
    }
  }

  /** Gives the lock back. */
  close(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
