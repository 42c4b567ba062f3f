// The core without JavaScript: a host in C++ on the interpreter of the WebAssembly Binary Toolkit (Debian package wabt).
//
//   c++ -std=c++17 -O1 main.cc -o host -lwabt
//   ./host bpf-maps.wasm
//
// Makes a hash map, updates, looks up, walks it and closes it, with union bpf_attr written by hand. docs/abi.md explains it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "wabt/binary-reader.h"
#include "wabt/error-formatter.h"
#include "wabt/interp/binary-reader-interp.h"
#include "wabt/interp/interp.h"

using namespace wabt::interp;

// From the kernel's uapi header <linux/bpf.h>.
enum Command { BPF_MAP_CREATE = 0, BPF_MAP_LOOKUP_ELEM = 1, BPF_MAP_UPDATE_ELEM = 2, BPF_MAP_GET_NEXT_KEY = 4 };
constexpr uint32_t BPF_MAP_TYPE_HASH = 1;
constexpr uint64_t BPF_NOEXIST = 1;
constexpr uint32_t ATTR_SIZE = 168;
constexpr int ENOENT_ = 2, EEXIST_ = 17;

[[noreturn]] static void fail(const std::string& what) {
  std::fprintf(stderr, "host: %s\n", what.c_str());
  std::exit(1);
}

// The instance, its memory, and its exports by name.
class Core {
 public:
  explicit Core(const char* path) : store_(wabt::Features{}) {
    std::vector<uint8_t> bytes;
    if (wabt::Failed(wabt::ReadFile(path, &bytes))) fail(std::string("cannot read ") + path);
    wabt::Errors errors;
    ModuleDesc description;
    wabt::ReadBinaryOptions options;
    if (wabt::Failed(ReadBinaryInterp(path, bytes.data(), bytes.size(), options, &errors, &description))) {
      fail(wabt::FormatErrorsToString(errors, wabt::Location::Type::Binary));
    }
    const Module::Ptr module = Module::New(store_, description);
    Trap::Ptr trap;
    // It imports nothing.
    const Instance::Ptr instance = Instance::Instantiate(store_, module.ref(), {}, &trap);
    if (!instance) fail(trap->message());
    for (size_t i = 0; i < module->export_types().size(); i++) {
      exports_.emplace(module->export_types()[i].name, instance->exports()[i]);
    }
    memory_ = store_.UnsafeGet<Memory>(exports_.at("memory"));
  }

  // Calls an export; it answers with a 32-bit number.
  int32_t call(const char* name, const Values& arguments) {
    Values results;
    Trap::Ptr trap;
    const Func::Ptr function = store_.UnsafeGet<Func>(exports_.at(name));
    if (wabt::Failed(function->Call(store_, arguments, results, &trap))) fail(std::string(name) + ": " + trap->message());
    return results.empty() ? 0 : static_cast<int32_t>(results[0].Get<uint32_t>());
  }

  // A zeroed block for what the core reads and writes.
  uint32_t alloc(uint32_t size) {
    const auto address = static_cast<uint32_t>(call("alloc", {Value::Make(size)}));
    if (address == 0) fail("out of memory");
    return address;
  }

  template <typename T>
  void store(uint32_t address, T value) {
    if (wabt::Failed(memory_->Store<T>(address, 0, value))) fail("store out of bounds");
  }

  template <typename T>
  T load(uint32_t address) const {
    T value;
    if (wabt::Failed(memory_->Load<T>(address, 0, &value))) fail("load out of bounds");
    return value;
  }

  int32_t bpf(Command command, uint32_t attr) {
    return call("bpf", {Value::Make(static_cast<uint32_t>(command)), Value::Make(attr), Value::Make(ATTR_SIZE)});
  }

 private:
  Store store_;
  std::map<std::string, Ref> exports_;
  Memory::Ptr memory_;
};

static void expect(const char* what, int64_t actual, int64_t expected) {
  if (actual == expected) return;
  fail(std::string(what) + ": expected " + std::to_string(expected) + ", got " + std::to_string(actual));
}

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: host bpf-maps.wasm");
  Core core(argv[1]);
  // One CPU, all the memory and fds that there can be, and a seed; a real host draws it at random.
  const Values machine = {Value::Make(uint32_t{1}), Value::Make(uint32_t{0}), Value::Make(uint32_t{0}), Value::Make(uint64_t{42})};
  expect("init", core.call("init", machine), 0);

  const uint32_t create = core.alloc(ATTR_SIZE);
  core.store<uint32_t>(create + 0, BPF_MAP_TYPE_HASH);
  core.store<uint32_t>(create + 4, 4);   // key_size
  core.store<uint32_t>(create + 8, 8);   // value_size
  core.store<uint32_t>(create + 12, 64); // max_entries
  const int32_t fd = core.bpf(BPF_MAP_CREATE, create);
  if (fd < 0) fail("BPF_MAP_CREATE: errno " + std::to_string(-fd));

  // The element commands: map_fd at 0, key at 8, value or next_key at 16, flags at 24; pointers have 64 bits.
  const uint32_t attr = core.alloc(ATTR_SIZE), key = core.alloc(4), value = core.alloc(8);
  core.store<uint32_t>(attr + 0, static_cast<uint32_t>(fd));
  core.store<uint64_t>(attr + 8, key);
  core.store<uint64_t>(attr + 16, value);
  for (uint32_t i = 1; i <= 5; i++) {
    core.store<uint32_t>(key, i);
    core.store<uint64_t>(value, uint64_t{i} * i);
    expect("BPF_MAP_UPDATE_ELEM", core.bpf(BPF_MAP_UPDATE_ELEM, attr), 0);
  }
  core.store<uint64_t>(attr + 24, BPF_NOEXIST);
  expect("BPF_MAP_UPDATE_ELEM of a key that exists", core.bpf(BPF_MAP_UPDATE_ELEM, attr), -EEXIST_);
  core.store<uint64_t>(attr + 24, 0);
  core.store<uint32_t>(key, 3);
  expect("BPF_MAP_LOOKUP_ELEM", core.bpf(BPF_MAP_LOOKUP_ELEM, attr), 0);
  expect("the value", static_cast<int64_t>(core.load<uint64_t>(value)), 9);
  core.store<uint32_t>(key, 6);
  expect("BPF_MAP_LOOKUP_ELEM of an absent key", core.bpf(BPF_MAP_LOOKUP_ELEM, attr), -ENOENT_);

  // A walk: from a null key to the first one, and then from each to the next.
  const uint32_t walk = core.alloc(ATTR_SIZE);
  core.store<uint32_t>(walk + 0, static_cast<uint32_t>(fd));
  core.store<uint64_t>(walk + 16, key);
  uint64_t sum = 0;
  int count = 0;
  while (core.bpf(BPF_MAP_GET_NEXT_KEY, walk) == 0) {
    core.store<uint64_t>(walk + 8, key);
    expect("BPF_MAP_LOOKUP_ELEM", core.bpf(BPF_MAP_LOOKUP_ELEM, attr), 0);
    std::printf("%u: %llu\n", core.load<uint32_t>(key), static_cast<unsigned long long>(core.load<uint64_t>(value)));
    sum += core.load<uint64_t>(value);
    count++;
  }
  expect("elements", count, 5);
  expect("their sum", static_cast<int64_t>(sum), 55);
  for (const uint32_t block : {create, attr, key, value, walk}) core.call("free", {Value::Make(block)});
  expect("close", core.call("close", {Value::Make(static_cast<uint32_t>(fd))}), 0);
  std::puts("the core answers a host in C++");
}
