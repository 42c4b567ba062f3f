import { Errno } from "../uapi/constants";
import { LogLevel, ProgLimit } from "../uapi/prog_constants";

/** The log's three attributes: 0 or -EINVAL. A level without a buffer is fine: it asks how large the log is. */
export function check_log(level: u32, size: u32, buf: u64): i32 {
  if (level > <u32>LogLevel.MASK || size > <u32>ProgLimit.LOG_SIZE_MAX) return -Errno.EINVAL;
  if ((buf != 0) != (size != 0)) return -Errno.EINVAL;
  return buf && !level ? -Errno.EINVAL : 0;
}
