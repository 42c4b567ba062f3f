// A program with the types of the web: its own classes fit where this library has types of its own for them, and back.
import { Kernel, type RecordsOptions } from "bpf-maps";

export async function run(bytes: ArrayBuffer, response: Response): Promise<WebAssembly.Memory> {
  const module: WebAssembly.Module = await WebAssembly.compileStreaming(response);
  const kernel = await Kernel.load({ module });
  await Kernel.load({ wasm: bytes });
  await Kernel.load({ wasm: new Uint8Array(bytes) });
  const options: RecordsOptions = { signal: AbortSignal.timeout(5) };
  const controller = new AbortController();
  for await (const record of kernel.createMap({ type: "ringbuf", maxEntries: 4096 }).records({ ...options, signal: controller.signal })) {
    console.log(record);
  }
  return kernel.memory;
}
