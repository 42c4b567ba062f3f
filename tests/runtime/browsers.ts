// Chromium and Firefox, headless, with pages from the loopback address. Chromium is driven by playwright-core; Debian's
// Firefox is started with the page's address, which needs no driver: the page itself posts the report.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcomeOf } from "./report.ts";
import { serve } from "./server.ts";
import { installBrowser } from "./setup.ts";
import type { HostReport } from "./report.ts";

const TIMEOUT_MS = 240_000;

// Without these a browser looks for updates and services that no test needs and a closed network refuses.
const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const FIREFOX_PREFERENCES: Record<string, string | number | boolean> = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.aboutConfig.showWarning": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.max_script_run_time": 0,
  "dom.max_chrome_script_run_time": 0,
  "extensions.getAddons.cache.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "security.sandbox.content.level": 0,
  "startup.homepage_welcome_url": "",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

/** Opens `url` in a browser; `messages` grows with what the page complains about. Returns how to close it. */
type Open = (url: string, messages: string[]) => Promise<() => Promise<void>>;

const openChromium: Open = async (url, messages) => {
  const driver = "playwright-core"; // From this folder's own packages, which the root's type check does not have.
  const { chromium } = await import(driver);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_FLAGS });
  const page = await browser.newPage();
  page.on("pageerror", (error: Error) => messages.push(String(error)));
  page.on("crash", () => messages.push("the page crashed"));
  await page.goto(url);
  return () => browser.close();
};

const openFirefox: Open = async (url, messages) => {
  const profile = mkdtempSync(join(tmpdir(), "bpf-maps-firefox-"));
  const lines = Object.entries(FIREFOX_PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const child = spawn("firefox-esr", ["--headless", "--no-remote", "--profile", profile, url], {
    stdio: "ignore",
    // Its content processes are in its group, so that closing it leaves none of them behind.
    detached: true,
    env: { ...process.env, HOME: profile, MOZ_DISABLE_CONTENT_SANDBOX: "1" },
  });
  child.on("error", (error) => messages.push(String(error)));
  const killGroup = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  process.on("exit", killGroup);
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return async () => {
    killGroup();
    process.off("exit", killGroup);
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
};

export const BROWSERS = { chromium: openChromium, "firefox-esr": openFirefox };

/** The Debian packages of the browsers that can be driven. */
export type BrowserName = keyof typeof BROWSERS;

/** Opens a page of `directory` in a browser and waits for the report it posts. */
export async function runPage(browser: BrowserName, directory: string, path: string): Promise<HostReport> {
  const reason = installBrowser(browser);
  if (reason !== undefined) throw new Error(reason);
  const server = await serve(directory);
  const messages: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let close: (() => Promise<void>) | undefined;
  try {
    close = await BROWSERS[browser](server.origin + path, messages);
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${browser} posted no report\n${messages.join("\n")}`)), TIMEOUT_MS);
    });
    return await Promise.race([server.report, late]);
  } finally {
    clearTimeout(timer);
    await close?.();
    server.close();
  }
}

/** Runs the suites' page and counts its report. */
export const runSuitePage = async (browser: BrowserName, directory: string) =>
  outcomeOf(await runPage(browser, directory, "/page.html"));
