// What the programs of bench/programs.node.ts do, in C. Compiled with -O2 and without a vectoriser.
#include <stdint.h>

uint64_t xorshift(uint64_t x, uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

/** Sums 16-bit words, each after a check that it lies in front of the end. */
uint64_t loads(const uint8_t *data, const uint8_t *end, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (data + 2 > end) break;
    sum += *(const uint16_t *)data;
    data += 2;
  }
  return sum;
}

/** The same with every check made: the compiler may not conclude how many words there are. */
uint64_t loads_checked(const uint8_t *data, const uint8_t *end, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (data + 2 > end) break;
    sum += *(const uint16_t *)data;
    data += 2;
    __asm__("" : "+r"(data));
  }
  return sum;
}

/** Counts an IPv4 packet by its protocol. */
uint64_t count(const uint8_t *data, const uint8_t *end, uint64_t *counters) {
  if (data + 34 > end) return 0;
  if (data[12] != 8 || data[13] != 0) return 0;
  uint32_t protocol = data[23];
  if (protocol < 256) __atomic_fetch_add(&counters[protocol], 1, __ATOMIC_RELAXED);
  return 2;
}

typedef uint64_t (*body)(uint64_t, uint64_t, uint64_t);

/** Calls one of the functions again and again, so that the call into native code costs nothing. */
uint64_t repeat(int which, uint64_t a, uint64_t b, uint64_t c, uint64_t times) {
  static const body bodies[] = {(body)xorshift, (body)loads, (body)loads_checked, (body)count};
  body volatile f = bodies[which];
  uint64_t sum = 0;
  for (uint64_t i = 0; i < times; i++) sum += f(a, b, c);
  return sum;
}
