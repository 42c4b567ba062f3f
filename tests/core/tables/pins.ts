// OBJ_PIN and OBJ_GET on a bpffs.
import { Cmd, Errno, MapFlag } from "../../kernel/abi.ts";
import { bytes, CLOSED_FD, type Field, type Fields, type Machine, u32, unmapped } from "../machine.ts";
import { is, ok, row, type Row, story, type Table } from "../table.ts";

const { EINVAL, EFAULT, ENOENT, EEXIST, EPERM, EACCES, ENAMETOOLONG, ENOTDIR } = Errno;

const pin = (m: Machine, pathname: Field, bpf_fd: number, more: Fields = {}): number =>
  m.call(Cmd.OBJ_PIN, { pathname, bpf_fd, ...more });
const get = (m: Machine, pathname: Field, more: Fields = {}): number => m.call(Cmd.OBJ_GET, { pathname, ...more });

/** A name in the bpffs with a map pinned at it. */
function pinned(m: Machine, name = "pinned", changes: Fields = {}): string {
  const pathname = m.path(name);
  is(pin(m, pathname, m.hash(changes)), 0, "pin");
  return pathname;
}

const pins: Row[] = [
  ...[1, 0x8, 0x10, 0x2000, 0x8000, 0x80000000].map((file_flags) =>
    story(`PIN: file_flags 0x${file_flags.toString(16)}`, (m) => is(pin(m, m.path("a"), m.hash(), { file_flags }), -EINVAL)),
  ),
  story("PIN: path_fd without its flag", (m) => is(pin(m, m.path("a"), m.hash(), { path_fd: 5 }), -EINVAL)),
  story("PIN: a closed fd is found before the path is read", (m) => is(pin(m, unmapped, CLOSED_FD), -EINVAL)),
  story("PIN: an fd that is no BPF object is found before the path is read", (m) => is(pin(m, unmapped, m.target.plainFd), -EINVAL)),
  story("PIN: no path", (m) => is(pin(m, null, m.hash()), -EFAULT)),
  story("PIN: a path that cannot be read", (m) => is(pin(m, unmapped, m.hash()), -EFAULT)),
  story("PIN: a path that ends at an unreadable address without its NUL", (m) =>
    is(pin(m, { edge: bytes(3, 97) }, m.hash()), -EFAULT)),
  story("PIN: an empty path", (m) => is(pin(m, "", m.hash()), -ENOENT)),
  story("PIN: a parent that does not exist", (m) => is(pin(m, m.path("none/a"), m.hash()), -ENOENT)),
  story("PIN: a parent that is a pin", (m) => is(pin(m, `${pinned(m)}/a`, m.hash()), -ENOTDIR)),
  story("PIN: a slash at the end", (m) => is(pin(m, m.path("a/"), m.hash()), -ENOENT)),
  story("PIN: a name that is taken", (m) => is(pin(m, pinned(m), m.hash()), -EEXIST)),
  story("PIN: the same map at a name it already has", (m) => {
    const map = m.hash();
    const pathname = m.path("twice");
    is(pin(m, pathname, map), 0);
    is(pin(m, pathname, map), -EEXIST);
  }),
  story("PIN: a name that is a directory", (m) => is(pin(m, m.mkdir("dir"), m.hash()), -EEXIST)),
  story("PIN: the bpffs itself", (m) => is(pin(m, m.target.bpffs, m.hash()), -EEXIST)),
  ...["a.b", ".a", "a.", "..."].map((name) =>
    story(`PIN: the name ${JSON.stringify(name)}`, (m) => is(pin(m, m.path(name), m.hash()), -EPERM)),
  ),
  story("PIN: a parent that is no bpffs", (m) => is(pin(m, "/pinned_by_a_test", m.hash()), -EPERM)),
  story("PIN: a name of 255 bytes", (m) => is(pin(m, m.path("n".repeat(255)), m.hash()), 0)),
  story("PIN: a name of 256 bytes", (m) => is(pin(m, m.path("n".repeat(256)), m.hash()), -ENAMETOOLONG)),
  story("PIN: a path of more than a page", (m) => is(pin(m, `${m.target.bpffs}/${"d/".repeat(2048)}a`, m.hash()), -ENAMETOOLONG)),
  story("PIN: many names for one map", (m) => {
    const map = m.hash();
    for (const name of ["a", "b", "c"]) is(pin(m, m.path(name), map), 0, name);
    is(m.id(get(m, m.path("b"))), m.id(map));
  }),
  story("PIN: below a directory", (m) => {
    const pathname = m.path("dir2/a");
    const directory = m.mkdir("dir2");
    is(pin(m, pathname, m.hash()), 0);
    ok(get(m, `${directory}//./a`), "GET");
    ok(get(m, `${directory}/../dir2/a`), "GET");
  }),
  story("PIN: a name that was given up", (m) => {
    const pathname = pinned(m);
    is(m.target.unlink(pathname), 0);
    is(m.target.unlink(pathname), -ENOENT);
    is(pin(m, pathname, m.array()), 0);
  }),
  story("PIN: PATH_FD with a path from the root", (m) =>
    is(pin(m, m.path("a"), m.hash(), { file_flags: MapFlag.PATH_FD, path_fd: -100 }), 0)),
  story("PIN: through a read-only fd", (m) => is(pin(m, m.path("a"), m.hash({ map_flags: MapFlag.RDONLY })), 0)),
];

const gets: Row[] = [
  ...[1, 0x18, 0x20, 0x8000, 0x80000000].map((file_flags) =>
    story(`GET: file_flags 0x${file_flags.toString(16)}`, (m) => is(get(m, pinned(m), { file_flags }), -EINVAL)),
  ),
  story("GET: bpf_fd", (m) => is(get(m, pinned(m), { bpf_fd: 1 }), -EINVAL)),
  story("GET: path_fd without its flag", (m) => is(get(m, pinned(m), { path_fd: 5 }), -EINVAL)),
  row("GET: no path", Cmd.OBJ_GET, () => ({ pathname: null }), -EFAULT),
  row("GET: a path that cannot be read", Cmd.OBJ_GET, () => ({ pathname: unmapped }), -EFAULT),
  row("GET: an empty path", Cmd.OBJ_GET, () => ({ pathname: "" }), -ENOENT),
  story("GET: nothing there", (m) => is(get(m, m.path("none")), -ENOENT)),
  story("GET: nothing there, and a dot in the name", (m) => is(get(m, m.path("no.ne")), -EPERM)),
  story("GET: a directory", (m) => is(get(m, m.mkdir("dir")), -EACCES)),
  story("GET: the bpffs itself", (m) => is(get(m, m.target.bpffs), -EACCES)),
  story("GET: a path through a pin", (m) => is(get(m, `${pinned(m)}/a`), -ENOTDIR)),
  story("GET: a name of 256 bytes", (m) => is(get(m, m.path("n".repeat(256))), -ENAMETOOLONG)),
  story("GET: the same map, with full access", (m) => {
    const map = m.hash({ map_flags: MapFlag.RDONLY });
    const pathname = m.path("a");
    is(pin(m, pathname, map), 0);
    const again = get(m, pathname);
    is(m.id(again), m.id(map));
    is(m.update(again, u32(1), bytes(8)), 0);
  }),
  story("GET: RDONLY", (m) => is(m.update(get(m, pinned(m), { file_flags: MapFlag.RDONLY }), u32(1), bytes(8)), -EPERM)),
  story("GET: WRONLY", (m) => is(m.lookup(get(m, pinned(m), { file_flags: MapFlag.WRONLY }), u32(1), bytes(8)), -EPERM)),
  story("GET: PATH_FD with a closed fd and a relative path", (m) =>
    is(get(m, "relative", { file_flags: MapFlag.PATH_FD, path_fd: CLOSED_FD }), -Errno.EBADF)),
];

const trees: Row[] = [
  story("a directory with a pin in it cannot be removed", (m) => {
    const directory = m.mkdir("full");
    is(pin(m, m.path("full/a"), m.hash()), 0);
    is(m.target.rmdir(directory), -Errno.ENOTEMPTY);
  }),
  story("unlink of a directory", (m) => is(m.target.unlink(m.mkdir("dir")), -Errno.EISDIR)),
  story("rmdir of a pin", (m) => is(m.target.rmdir(pinned(m)), -ENOTDIR)),
  story("mkdir where a pin is", (m) => is(m.target.mkdir(pinned(m)), -EEXIST)),
];

export const pinning: Table = { name: "pins", rows: [...pins, ...gets, ...trees] };
