import { Errno } from "../../../assembly/uapi/constants.ts";
import * as kinds from "../../btf/kinds.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadHost, LoadRequest } from "../../image.ts";
import type { Insn } from "../../insn/insn.ts";
import { refuse } from "./rule.ts";
import type { KernelFunction } from "./structure.ts";

const { EINVAL, EFAULT, ENOTSUPP, E2BIG, EPROTO } = Errno;
const FUNCTIONS_MAX = 256;
const NO_BTF = "failed to find BTF for kernel function";

/** Finds the kernel functions that a program calls. */
export class KernelFunctions {
  readonly byCall = new Map<number, KernelFunction>();
  readonly #seen = new Set<number>();
  readonly #request: LoadRequest;
  readonly #host: LoadHost;
  readonly #kernel: BtfTypes | undefined;

  constructor(request: LoadRequest, host: LoadHost, kernel: BtfTypes | undefined) {
    this.#request = request;
    this.#host = host;
    this.#kernel = kernel;
  }

  /** Judges the call at `index`. */
  add(insn: Insn, index: number): void {
    if (this.#kernel === undefined) refuse(ENOTSUPP, "calling kernel functions needs a kernel with BTF");
    if (!this.#request.gpl) refuse(EINVAL, "cannot call kernel function from non-GPL compatible program");
    const id = insn.imm >>> 0;
    // An unresolved weak symbol; only reaching it is wrong.
    if (id === 0 && insn.off === 0) return;
    if (!this.#seen.has(id) && this.#seen.size === FUNCTIONS_MAX) refuse(E2BIG, "too many different kernel function calls");
    this.#seen.add(id);
    if (insn.off !== 0) this.#refuseModule(insn.off);
    const types = this.#kernel;
    if (types.kind(id) !== kinds.FUNC) refuse(EINVAL, `kernel btf_id ${id} is not a function`);
    const proto = types.sizeOrType(id);
    if (types.kind(proto) !== kinds.FUNC_PROTO) refuse(EINVAL, `kernel function btf_id ${id} does not have a valid func_proto`);
    this.byCall.set(index, { id, proto, name: types.name(id) });
  }

  /** `off` names the BTF of a module in fd_array; there are no modules. */
  #refuseModule(off: number): never {
    if (off < 0) refuse(EINVAL, `negative offset disallowed for kernel module function call\n${NO_BTF}`);
    if (!this.#request.hasFdArray) refuse(EPROTO, `kfunc offset > 0 without fd_array is invalid\n${NO_BTF}`);
    const fd = this.#host.fdAt(off);
    if (fd === undefined) refuse(EFAULT, NO_BTF);
    const object = this.#host.object(fd);
    if (typeof object === "number") refuse(-object, `invalid module BTF fd specified\n${NO_BTF}`);
    if (object.kind !== "btf") refuse(EINVAL, `invalid module BTF fd specified\n${NO_BTF}`);
    refuse(EINVAL, `BTF fd for kfunc is not a module BTF\n${NO_BTF}`);
  }
}
