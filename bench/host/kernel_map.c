// The live kernel's side of the benchmarks: one map, driven over stdin and stdout. Every command answers one line,
// "ok NS" with nanoseconds per operation, or "error ERRNO".
//
//   kernel_map TYPE FLAGS KEY_SIZE VALUE_SIZE MAX_ENTRIES KEYS VALUES ORDER
//
// KEYS, VALUES and ORDER are files: the elements, and the keys of a round of lookups or updates.
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned type, flags, key_size, value_size, max_entries;
static char *keys, *values, *order;
static size_t count, ops;
static char value[4096];

static int bpf(int cmd, union bpf_attr *attr) { return (int)syscall(SYS_bpf, cmd, attr, sizeof *attr); }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static char *map_file(const char *path, size_t *size) {
  struct stat st;
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &st) < 0) exit(2);
  *size = st.st_size;
  char *at = mmap(NULL, st.st_size ? st.st_size : 1, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) exit(2);
  close(fd);
  return at;
}

static int create(void) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_type = type;
  attr.key_size = key_size;
  attr.value_size = value_size;
  attr.max_entries = max_entries;
  attr.map_flags = flags;
  return bpf(BPF_MAP_CREATE, &attr);
}

static union bpf_attr elem(int fd) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_fd = fd;
  return attr;
}

// One command for each of `n` keys; update takes its values from `from`, lookup writes to the scratch value.
static int each(int fd, int cmd, const char *list, const char *from, size_t n) {
  union bpf_attr attr = elem(fd);
  for (size_t i = 0; i < n; i++) {
    attr.key = (unsigned long)(list + i * key_size);
    if (cmd != BPF_MAP_DELETE_ELEM) attr.value = (unsigned long)(from ? from + i * value_size : value);
    if (bpf(cmd, &attr) < 0 && !(cmd == BPF_MAP_LOOKUP_ELEM && errno == ENOENT)) return errno;
  }
  return 0;
}

static int iterate(int fd, size_t *done) {
  char key[512];
  union bpf_attr next = elem(fd), lookup = elem(fd);
  next.next_key = lookup.key = (unsigned long)key;
  lookup.value = (unsigned long)value;
  for (*done = 0; bpf(BPF_MAP_GET_NEXT_KEY, &next) == 0; ++*done) {
    if (bpf(BPF_MAP_LOOKUP_ELEM, &lookup) < 0) return errno;
    next.key = (unsigned long)key;
  }
  return errno == ENOENT ? 0 : errno;
}

static int lookup_batch(int fd, size_t *done) {
  enum { BATCH = 4096 };
  static char batch_keys[BATCH * 64], batch_values[BATCH * 64];
  unsigned cursor = 0;
  int first = 1;
  for (*done = 0;;) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.batch.in_batch = first ? 0 : (unsigned long)&cursor;
    attr.batch.out_batch = (unsigned long)&cursor;
    attr.batch.keys = (unsigned long)batch_keys;
    attr.batch.values = (unsigned long)batch_values;
    attr.batch.count = BATCH;
    attr.batch.map_fd = fd;
    first = 0;
    int ret = bpf(BPF_MAP_LOOKUP_BATCH, &attr);
    if (ret < 0 && errno != ENOENT) return errno;
    *done += attr.batch.count;
    if (ret < 0) return 0;
  }
}

static void answer(int error, double start, size_t n) {
  double ns = (now() - start) / (n ? n : 1);
  if (error) printf("error %d\n", error);
  else printf("ok %.3f\n", ns);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 9) return 2;
  size_t keys_bytes, values_bytes, order_bytes, done;
  char line[32];
  type = strtoul(argv[1], NULL, 0);
  flags = strtoul(argv[2], NULL, 0);
  key_size = strtoul(argv[3], NULL, 0);
  value_size = strtoul(argv[4], NULL, 0);
  max_entries = strtoul(argv[5], NULL, 0);
  if (value_size > sizeof value || key_size > 64) return 2;
  keys = map_file(argv[6], &keys_bytes);
  values = map_file(argv[7], &values_bytes);
  order = map_file(argv[8], &order_bytes);
  count = keys_bytes / key_size;
  ops = order_bytes / key_size;
  int fd = create();
  answer(fd < 0 ? errno : 0, now(), 1);
  if (fd < 0) return 1;

  while (scanf("%31s", line) == 1) {
    double start = now();
    if (!strcmp(line, "fill")) {
      answer(each(fd, BPF_MAP_UPDATE_ELEM, keys, values, count), start, count);
    } else if (!strcmp(line, "lookup")) {
      answer(each(fd, BPF_MAP_LOOKUP_ELEM, order, NULL, ops), start, ops);
    } else if (!strcmp(line, "update")) {
      answer(each(fd, BPF_MAP_UPDATE_ELEM, order, NULL, ops), start, ops);
    } else if (!strcmp(line, "insert")) {
      int fresh = create();
      answer(fresh < 0 ? errno : each(fresh, BPF_MAP_UPDATE_ELEM, keys, values, count), start, count);
      if (fresh >= 0) close(fresh);
    } else if (!strcmp(line, "delete")) {
      answer(each(fd, BPF_MAP_DELETE_ELEM, keys, NULL, count), start, count);
      each(fd, BPF_MAP_UPDATE_ELEM, keys, values, count);
    } else if (!strcmp(line, "iterate")) {
      int error = iterate(fd, &done);
      answer(error, start, done);
    } else if (!strcmp(line, "lookup_batch")) {
      int error = lookup_batch(fd, &done);
      answer(error, start, done);
    } else {
      return 2;
    }
  }
  return 0;
}
