// Text of at most `size` bytes: what does not fit is counted and not written.

@unmanaged
export class TextWriter {
  to: usize;
  size: u32;
  /** Bytes of the whole text so far. */
  length: u32;
  /** Of the conversion under way: least bytes, where it began, whether the blanks stand behind it. */
  width: u32;
  start: u32;
  left: u32;
  _pad: u32;

  put(char: u32): void {
    if (this.length < this.size) store<u8>(this.to + this.length, <u8>char);
    ++this.length;
  }

  /** A conversion of at least `width` bytes begins. */
  begin(width: u32, left: bool): void {
    this.width = width;
    this.start = this.length;
    this.left = u32(left);
  }

  /** Fills the conversion up with blanks, in front or behind. */
  end(): void {
    const written = this.length - this.start;
    if (written >= this.width) return;
    const blanks = this.width - written;
    for (let i: u32 = 0; i < blanks; ++i) this.put(0x20);
    if (this.left) return;
    // What was written moves up to the end, as far as there is room.
    for (let i = written; i; --i) this.move(this.start + i - 1, blanks);
    for (let i: u32 = 0; i < min<u32>(blanks, written); ++i) this.set(this.start + i, 0x20);
  }

  private move(index: u32, by: u32): void {
    if (index + by < this.size) store<u8>(this.to + index + by, load<u8>(this.to + index));
  }

  private set(index: u32, char: u32): void {
    if (index < this.size) store<u8>(this.to + index, <u8>char);
  }

  /** A number with at least `digits_min` digits, which are 1 or more. */
  number(value: u64, base: u32, digits_min: u32, upper: bool): void {
    let digits: u32 = 1;
    for (let rest = value / base; rest; rest /= base) ++digits;
    for (let i = digits; i < digits_min; ++i) this.put(0x30);
    let divisor: u64 = 1;
    for (let i: u32 = 1; i < digits; ++i) divisor *= base;
    for (; divisor; divisor /= base) {
      const digit = <u32>(value / divisor % base);
      this.put(digit < 10 ? 0x30 + digit : (upper ? 0x37 : 0x57) + digit);
    }
  }

  /** Writes the NUL behind the text, or in place of the last byte that fits. */
  terminate(): void {
    if (this.size) store<u8>(this.to + min<u32>(this.length, this.size - 1), 0);
  }
}
