import { Kernel, u32 } from "bpf-maps";

export const runtime = "edge";

export async function GET() {
  const map = (await Kernel.load()).createMap({ type: "hash", key: u32, value: u32, maxEntries: 8, name: "edge" });
  return new Response(`edge ${map.set(1, 2).get(1)}`);
}
