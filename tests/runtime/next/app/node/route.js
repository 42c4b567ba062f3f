import { Kernel, u32 } from "bpf-maps";

export const dynamic = "force-dynamic";

export async function GET() {
  const map = (await Kernel.load()).createMap({ type: "hash", key: u32, value: u32, maxEntries: 8, name: "node" });
  return new Response(`node ${map.set(1, 2).get(1)}`);
}
