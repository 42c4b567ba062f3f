// Loads the program `r0 = 0; exit` into the live kernel and then makes the file that its argument names (programs.node.ts).
import { mkdirSync } from "node:fs";
import koffi from "koffi";

const SYS_BPF = 321;
const PROG_LOAD = 5;
const SOCKET_FILTER = 1;

const syscall = koffi.load(null).func("long syscall(long nr, int cmd, void *attr, uint32_t size)");
const insns = Buffer.from("b700000000000000" + "9500000000000000", "hex");
const license = Buffer.from("GPL\0");
const attr = Buffer.alloc(168);
attr.writeUInt32LE(SOCKET_FILTER, 0);
attr.writeUInt32LE(insns.length / 8, 4);
attr.writeBigUInt64LE(BigInt(koffi.address(insns)), 8);
attr.writeBigUInt64LE(BigInt(koffi.address(license)), 16);
if (Number(syscall(SYS_BPF, PROG_LOAD, attr, attr.length)) >= 0) mkdirSync(process.argv[2]);
