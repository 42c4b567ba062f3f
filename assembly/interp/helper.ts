import { Fault } from "../uapi/fault";
import { host_helper } from "../helper/host";
import { fault } from "../helper/run";
import * as core from "../helper/exports";
import { InterpRun } from "./state";

/** Ids from here on are no helpers. */
const HELPERS_END: u32 = 212;

/** Calls a helper that transfers no control: one of the core's own, or the host's. */
export function call_helper(run: InterpRun, id: u32): u64 {
  const r1 = run.r1;
  const r2 = run.r2;
  const r3 = run.r3;
  const r4 = run.r4;
  const r5 = run.r5;
  switch (id) {
    case 1: return core.helper_map_lookup_elem(r1, r2);
    case 2: return core.helper_map_update_elem(r1, r2, r3, r4);
    case 3: return core.helper_map_delete_elem(r1, r2);
    case 4: return core.helper_probe_read(r1, r2, r3);
    case 8: return core.helper_get_smp_processor_id();
    case 28: return core.helper_csum_diff(r1, r2, r3, r4, r5);
    case 45: return core.helper_probe_read_str(r1, r2, r3);
    case 51: return core.helper_redirect_map(r1, r2, r3);
    case 87: return core.helper_map_push_elem(r1, r2, r3);
    case 88: return core.helper_map_pop_elem(r1, r2);
    case 89: return core.helper_map_peek_elem(r1, r2);
    case 93: return core.helper_spin_lock(r1);
    case 94: return core.helper_spin_unlock(r1);
    case 105: return core.helper_strtol(r1, r2, r3, r4);
    case 106: return core.helper_strtoul(r1, r2, r3, r4);
    case 112: return core.helper_probe_read_user(r1, r2, r3);
    case 113: return core.helper_probe_read_kernel(r1, r2, r3);
    case 114: return core.helper_probe_read_user_str(r1, r2, r3);
    case 115: return core.helper_probe_read_kernel_str(r1, r2, r3);
    case 130: return core.helper_ringbuf_output(r1, r2, r3, r4);
    case 131: return core.helper_ringbuf_reserve(r1, r2, r3);
    case 132: return core.helper_ringbuf_submit(r1, r2);
    case 133: return core.helper_ringbuf_discard(r1, r2);
    case 134: return core.helper_ringbuf_query(r1, r2);
    case 148: return core.helper_copy_from_user(r1, r2, r3);
    case 165: return core.helper_snprintf(r1, r2, r3, r4, r5);
    case 169: return core.helper_timer_init(r1, r2, r3);
    case 170: return core.helper_timer_set_callback(r1, r2);
    case 171: return core.helper_timer_start(r1, r2, r3);
    case 172: return core.helper_timer_cancel(r1);
    case 182: return core.helper_strncmp(r1, r2, r3);
    case 194: return core.helper_kptr_xchg(r1, r2);
    case 195: return core.helper_map_lookup_percpu_elem(r1, r2, r3);
    case 197: return core.helper_dynptr_from_mem(r1, r2, r3, r4);
    case 198: return core.helper_ringbuf_reserve_dynptr(r1, r2, r3, r4);
    case 199: return core.helper_ringbuf_submit_dynptr(r1, r2);
    case 200: return core.helper_ringbuf_discard_dynptr(r1, r2);
    case 201: return core.helper_dynptr_read(r1, r2, r3, r4, r5);
    case 202: return core.helper_dynptr_write(r1, r2, r3, r4, r5);
    case 203: return core.helper_dynptr_data(r1, r2, r3);
  }
  if (id == 0 || id >= HELPERS_END) fault(Fault.HELPER);
  return host_helper(id, r1, r2, r3, r4, r5);
}
