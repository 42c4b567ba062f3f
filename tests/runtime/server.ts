// A server on the loopback address for the pages under test; each run has its own, and its page posts to /report there.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { AddressInfo } from "node:net";
import type { HostReport } from "./report.ts";

const MIME: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".ts": "application/typescript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** A running server: where it is, the one report it waits for, and how to end it. */
export interface PageServer {
  origin: string;
  report: Promise<HostReport>;
  close: () => void;
}

/** Serves `directory` on a free loopback port. */
export async function serve(directory: string): Promise<PageServer> {
  let resolveReport: (report: HostReport) => void;
  const report = new Promise<HostReport>((resolve) => (resolveReport = resolve));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://localhost");
    if (request.method === "POST" && pathname === "/report") {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end();
      resolveReport(JSON.parse(body) as HostReport);
      return;
    }
    try {
      const contents = await readFile(join(directory, normalize(pathname)));
      response.setHeader("Content-Type", MIME[extname(pathname)] ?? "application/octet-stream");
      response.end(contents);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${port}`, report, close };
}
