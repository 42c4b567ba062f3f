// Next.js: an application whose middleware and routes use the package, built and served. Middleware and edge routes run where
// bytes are not compiled and where the build refuses a program that could.
import { spawn } from "node:child_process";
import { cpSync, existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, passedOnce } from "./report.ts";
import { HERE, packageFile } from "./setup.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

const START_TIMEOUT_MS = 60_000;

/** Starts the built application on a free port; resolves with its address once it says so. */
function start(app: string): { address: Promise<string>; stop: () => void } {
  const child = spawn(process.execPath, [packageFile("next/dist/bin/next"), "start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: app,
    stdio: ["ignore", "pipe", "pipe"],
    env: ENVIRONMENT,
    // The server is a process of its own in its group.
    detached: true,
  });
  const stop = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    process.off("exit", stop);
  };
  process.on("exit", stop);
  const address = new Promise<string>((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`next start is not ready\n${output}`)), START_TIMEOUT_MS);
    const look = (chunk: Buffer): void => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found === null || !output.includes("Ready")) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("close", () => reject(new Error(`next start ended\n${output}`)));
  });
  return { address, stop };
}

const ENVIRONMENT = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } as NodeJS.ProcessEnv;

async function answer(url: string): Promise<string> {
  const response = await fetch(url);
  return `${await response.text()}; middleware ${response.headers.get("x-middleware-map")}`;
}

/** The row of Next.js. */
export function nextJob({ directory, installed }: Project): Job {
  return {
    name: "next, middleware and routes",
    run: async () => {
      const app = join(directory, "app-next");
      cpSync(join(HERE, "next"), app, { recursive: true });
      // Next.js looks for its own packages from the application's folder.
      cpSync(join(directory, "node_modules"), join(app, "node_modules"), { recursive: true });
      for (const name of ["next", "react", "react-dom"]) symlinkSync(packageFile(name), join(app, "node_modules", name));
      await execute(process.execPath, [packageFile("next/dist/bin/next"), "build", "--webpack"], app, ENVIRONMENT);
      const { address, stop } = start(app);
      try {
        const origin = await address;
        for (const kind of ["edge", "node"]) {
          const text = await answer(`${origin}/${kind}`);
          if (text !== `${kind} 2; middleware 2`) throw new Error(`/${kind} answered ${text}`);
        }
      } finally {
        stop();
      }
      return passedOnce("edge-light and Node, built by webpack");
    },
  };
}
