// A native hash table's side of the benchmarks, driven over stdin and stdout. Every command answers one line, "ok NS" with
// nanoseconds per operation.
//
//   native_table SIZE KEYS VALUES ORDER
//
// SIZE is 4 or 16, the bytes of a key and of a value. KEYS, VALUES and ORDER are files: the elements, and the keys of a round.
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/version.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

struct Block {
  std::uint64_t low, high;
  bool operator==(const Block &other) const { return low == other.low && high == other.high; }
};

// A hash of 16 bytes that needs no mixing after it: one wide multiply of the two halves.
struct BlockHash {
  using is_avalanching = void;
  std::size_t operator()(const Block &key) const {
    unsigned __int128 product = (unsigned __int128)(key.low ^ 0x9e3779b97f4a7c15) * (key.high ^ 0xd6e8feb86659fd93);
    return (std::uint64_t)product ^ (std::uint64_t)(product >> 64);
  }
};

template <typename T> static std::vector<T> read_all(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<T> all(bytes.size() / sizeof(T));
  if (!all.empty()) std::memcpy(all.data(), bytes.data(), all.size() * sizeof(T));
  return all;
}

static std::uint64_t weight(std::uint32_t value) { return value; }
static std::uint64_t weight(const Block &value) { return value.low; }

static double now() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename T, typename Hash> static int serve(char **files) {
  using Table = boost::unordered_flat_map<T, T, Hash>;
  const std::vector<T> keys = read_all<T>(files[0]), values = read_all<T>(files[1]), order = read_all<T>(files[2]);
  const auto fill = [&](Table &table) {
    table.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); i++) table.insert_or_assign(keys[i], values[i]);
  };
  Table table;
  fill(table);
  std::printf("ok Boost %s, compiler %s\n", BOOST_LIB_VERSION, __VERSION__);
  std::fflush(stdout);
  char command[32];
  while (std::fgets(command, sizeof command, stdin)) {
    double ns = -1;
    if (std::strncmp(command, "find", 4) == 0) {
      const double start = now();
      std::uint64_t sum = 0;
      for (const T &key : order) {
        const auto found = table.find(key);
        if (found != table.end()) sum += weight(found->second);
      }
      ns = (now() - start) / order.size();
      volatile std::uint64_t used = sum;
      (void)used;
    } else if (std::strncmp(command, "insert", 6) == 0) {
      // Small tables are filled often enough to be timed.
      const std::size_t repeats = keys.size() < 250000 ? 250000 / keys.size() : 1;
      double total = 0;
      for (std::size_t i = 0; i < repeats; i++) {
        const double start = now();
        Table fresh;
        fill(fresh);
        total += now() - start;
        if (fresh.size() != table.size()) return 1;
      }
      ns = total / repeats / keys.size();
    }
    if (ns < 0) std::printf("error: there is no such command\n");
    else std::printf("ok %.3f\n", ns);
    std::fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  if (std::atoi(argv[1]) == 4) return serve<std::uint32_t, boost::hash<std::uint32_t>>(argv + 2);
  return serve<Block, BlockHash>(argv + 2);
}
