import { Errno } from "../../../assembly/uapi/constants.ts";
import * as kinds from "../../btf/kinds.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadRequest } from "../../image.ts";
import * as types from "./program_types.ts";
import { refuse } from "./rule.ts";

const { EINVAL, ENOTSUPP } = Errno;
const TRACEPOINT_PREFIX = "btf_trace_";
const ITERATOR_PREFIX = "bpf_iter_";

/** Checks whether the program may sleep, and what it is to be attached to. */
export function checkAttach(request: LoadRequest, kernel: BtfTypes | undefined): void {
  const sleepable = (request.flags & types.SLEEPABLE) !== 0;
  if (request.type === types.SYSCALL) {
    if (!sleepable) refuse(EINVAL, "Syscall programs can only be sleepable");
    return;
  }
  if (sleepable && !maySleep(request)) {
    refuse(EINVAL, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable");
  }
  if (request.type === types.STRUCT_OPS) checkStructOps(request, kernel);
  if (request.type === types.TRACING || request.type === types.LSM || request.type === types.EXT) checkTarget(request, kernel);
}

function maySleep({ type, expectedAttachType }: LoadRequest): boolean {
  if (type === types.TRACING) return (expectedAttachType >= types.FENTRY && expectedAttachType <= types.MODIFY_RETURN) || expectedAttachType === types.ITER;
  return type === types.LSM || type === types.KPROBE || type === types.STRUCT_OPS;
}

function checkStructOps({ gpl, attachBtfId }: LoadRequest, kernel: BtfTypes | undefined): void {
  if (!gpl) refuse(EINVAL, "struct ops programs must have a GPL compatible license");
  if (attachBtfId === 0 || kernel === undefined) refuse(ENOTSUPP);
  refuse(ENOTSUPP, `attach_btf_id ${attachBtfId} is not a supported struct`);
}

function checkTarget({ attachBtfId, expectedAttachType }: LoadRequest, kernel: BtfTypes | undefined): void {
  if (attachBtfId === 0) refuse(EINVAL, "Tracing programs must provide btf_id");
  if (kernel === undefined) refuse(EINVAL, "Tracing programs need a kernel with BTF");
  if (!kernel.has(attachBtfId)) refuse(EINVAL, `attach_btf_id ${attachBtfId} is invalid`);
  const kind = kernel.kind(attachBtfId);
  const name = kernel.name(attachBtfId);
  if (expectedAttachType === types.RAW_TP) {
    if (kind !== kinds.TYPEDEF) refuse(EINVAL, `attach_btf_id ${attachBtfId} is not a typedef`);
    if (!name.startsWith(TRACEPOINT_PREFIX)) refuse(EINVAL, `attach_btf_id ${attachBtfId} points to wrong type name ${name}`);
  } else {
    if (kind !== kinds.FUNC) refuse(EINVAL, `attach_btf_id ${attachBtfId} is not a function`);
    if (expectedAttachType !== types.ITER || !name.startsWith(ITERATOR_PREFIX)) refuse(EINVAL);
  }
}
