// What a codec writes, and that it writes nothing else.
import * as assert from "uvu/assert";
import type { Codec } from "../../bindings/index.ts";
import { Views } from "../../bindings/abi/core.ts";

/** Writes at `at`, over bytes that are all ones, so that padding and filling show. */
export function encode(codec: Codec<any>, value: unknown, at = 64): { views: Views; hex: string } {
  const views = new Views(new ArrayBuffer(256));
  views.u8.fill(0xff);
  codec.write(views, at, value);
  assert.ok(views.u8.subarray(0, at).every((byte) => byte === 0xff), "nothing before the value is written");
  assert.ok(views.u8.subarray(at + codec.size).every((byte) => byte === 0xff), "nothing behind the value is written");
  const hex = Array.from(views.u8.subarray(at, at + codec.size), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { views, hex };
}
