// Serves the bench page on the loopback address, isolated: only then do pages get SharedArrayBuffer and a fine clock.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".wasm": "application/wasm",
};

/** A running server, and what the page has posted to it. */
export interface BenchServer {
  origin: string;
  report: Promise<unknown>;
  close(): void;
}

/** Serves `directory`; port 0 is any free one. */
export async function serveBench(directory: string, port = 0): Promise<BenchServer> {
  let posted: (report: unknown) => void;
  const report = new Promise<unknown>((resolve) => (posted = resolve));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (request.method === "POST" && pathname === "/report") {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end();
      posted(JSON.parse(body));
      return;
    }
    const name = pathname === "/" ? "/index.html" : normalize(pathname);
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    try {
      const contents = await readFile(join(directory, name));
      response.setHeader("Content-Type", TYPES[extname(name)] ?? "application/octet-stream");
      response.end(contents);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${address.port}`, report, close };
}
