import { NextResponse } from "next/server";
import { Kernel, u32 } from "bpf-maps";

export async function middleware() {
  const map = (await Kernel.load()).createMap({ type: "hash", key: u32, value: u32, maxEntries: 8, name: "middleware" });
  const response = NextResponse.next();
  response.headers.set("x-middleware-map", String(map.set(1, 2).get(1)));
  return response;
}

export const config = { matcher: "/:path*" };
