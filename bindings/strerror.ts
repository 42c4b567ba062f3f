// What an error number means, in the words of libc.
import { Errno } from "../assembly/uapi/constants.ts";

const TEXTS: { readonly [errno: number]: string | undefined } = {
  [Errno.EPERM]: "Operation not permitted",
  [Errno.ENOENT]: "No such file or directory",
  [Errno.EINTR]: "Interrupted system call",
  [Errno.EIO]: "Input/output error",
  [Errno.E2BIG]: "Argument list too long",
  [Errno.EBADF]: "Bad file descriptor",
  [Errno.EAGAIN]: "Resource temporarily unavailable",
  [Errno.ENOMEM]: "Cannot allocate memory",
  [Errno.EACCES]: "Permission denied",
  [Errno.EFAULT]: "Bad address",
  [Errno.EBUSY]: "Device or resource busy",
  [Errno.EEXIST]: "File exists",
  [Errno.EXDEV]: "Invalid cross-device link",
  [Errno.ENODEV]: "No such device",
  [Errno.ENOTDIR]: "Not a directory",
  [Errno.EISDIR]: "Is a directory",
  [Errno.EINVAL]: "Invalid argument",
  [Errno.EMFILE]: "Too many open files",
  [Errno.ENOSPC]: "No space left on device",
  [Errno.ERANGE]: "Numerical result out of range",
  [Errno.ENAMETOOLONG]: "File name too long",
  [Errno.ENOTEMPTY]: "Directory not empty",
  [Errno.ELOOP]: "Too many levels of symbolic links",
  [Errno.EBADFD]: "File descriptor in bad state",
  [Errno.ENOTSOCK]: "Socket operation on non-socket",
  [Errno.EOPNOTSUPP]: "Operation not supported",
};

/**
 * The text of an error number, negative or positive, as strerror(3) has it: "No such file or directory". Numbers that libc does
 * not know are "Unknown error 524".
 */
export function strerror(errno: number): string {
  return TEXTS[Math.abs(errno)] ?? `Unknown error ${Math.abs(errno)}`;
}
