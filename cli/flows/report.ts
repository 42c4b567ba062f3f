import { formatAddress, formatEndpoint } from "./address.ts";
import type { DroppedFlows, ProtocolCounters } from "./accounts.ts";
import { formatCount, formatPercent, formatSeconds, formatTable, formatTime } from "./format.ts";
import { hasPorts, isIcmp, protocolName } from "./protocols.ts";
import type { Flow } from "./top_flows.ts";

const LINK_TYPES_SHOWN = 8;

/** All that the command tells about a capture. */
export interface FlowsReport {
  file: string;
  /** "pcap" or "pcapng". */
  format: string;
  linkTypes: string[];
  packets: bigint;
  bytes: bigint;
  firstNs: bigint;
  lastNs: bigint;
  /** One entry per protocol that has packets, most bytes first; their sums are the totals. */
  protocols: ProtocolCounters[];
  /** Flows in the flow map, of which topFlows are the largest. */
  flowCount: number;
  maxFlows: number;
  topFlows: Flow[];
  dropped: DroppedFlows;
  elapsedMs: number;
}

export function formatReport(report: FlowsReport): string {
  const { file, format, linkTypes, packets, bytes, firstNs, lastNs } = report;
  const span = `${formatTime(firstNs)} to ${formatTime(lastNs)} UTC (${formatSeconds(lastNs - firstNs)})`;
  const sections = [
    `${file}: ${format}, ${listed(linkTypes)}, ${plural(packets, "packet")}, ${plural(bytes, "byte")}\n${span}\n`,
  ];
  if (report.topFlows.length > 0) sections.push(formatFlows(report));
  sections.push(formatProtocols(report), formatSummary(report));
  return sections.join("\n");
}

function formatFlows({ topFlows, flowCount, bytes, firstNs }: FlowsReport): string {
  const isPart = topFlows.length < flowCount;
  const title = isPart ? `Top ${topFlows.length} of ${formatCount(flowCount)} flows by bytes` : "Flows by bytes";
  const rows = topFlows.map((flow) => [
    formatCount(flow.bytes),
    formatPercent(flow.bytes, bytes),
    formatCount(flow.packets),
    flowLabel(flow),
    ...endpoints(flow),
    formatSeconds(flow.firstNs - firstNs),
    formatSeconds(flow.lastNs - flow.firstNs),
  ]);
  const header = ["BYTES", "%", "PACKETS", "PROTOCOL", "SOURCE", "DESTINATION", "START", "DURATION"];
  return `${title}\n${formatTable([header, ...rows], new Set([0, 1, 2, 6, 7]))}`;
}

function formatProtocols({ protocols, packets, bytes }: FlowsReport): string {
  const row = (name: string, counters: { packets: bigint; bytes: bigint }): string[] => [
    name,
    formatCount(counters.packets),
    formatPercent(counters.packets, packets),
    formatCount(counters.bytes),
    formatPercent(counters.bytes, bytes),
  ];
  const rows = protocols.map((counters) => row(protocolName(counters.slot), counters));
  const header = ["PROTOCOL", "PACKETS", "%", "BYTES", "%"];
  return formatTable([header, ...rows, row("total", { packets, bytes })], new Set([1, 2, 3, 4]));
}

function formatSummary({ packets, flowCount, maxFlows, dropped, elapsedMs }: FlowsReport): string {
  const rate = formatCount(Math.round((1000 * Number(packets)) / Math.max(elapsedMs, 0.001)));
  const lines = [
    `${plural(packets, "packet")} in ${plural(flowCount, "flow")}, ` +
      `read in ${elapsedMs.toFixed(elapsedMs < 100 ? 1 : 0)} ms (${rate} packets/s)\n`,
  ];
  if (dropped.packets > 0n) {
    const flows = `${dropped.flowsAreMore ? "more than " : ""}${plural(dropped.flows, "flow")}`;
    lines.push(
      `The flow map is full (max_entries ${formatCount(maxFlows)}): dropped ${flows} with ` +
        `${plural(dropped.packets, "packet")}, ${plural(dropped.bytes, "byte")}; see --max-flows\n`,
    );
  }
  return lines.join("");
}

function flowLabel(flow: Flow): string {
  const name = protocolName(flow.protocol);
  if (flow.laterFragment) return `${name} fragments`;
  return isIcmp(flow.protocol) ? `${name} ${flow.sourcePort}/${flow.destinationPort}` : name;
}

function endpoints(flow: Flow): [string, string] {
  const source = formatAddress(flow.source, flow.ipVersion);
  const destination = formatAddress(flow.destination, flow.ipVersion);
  if (flow.laterFragment || !hasPorts(flow.protocol)) return [source, destination];
  return [
    formatEndpoint(source, flow.ipVersion, flow.sourcePort),
    formatEndpoint(destination, flow.ipVersion, flow.destinationPort),
  ];
}

/** The first link types, of a capture that may have thousands. */
function listed(linkTypes: string[]): string {
  const more = linkTypes.length - LINK_TYPES_SHOWN;
  return linkTypes.slice(0, LINK_TYPES_SHOWN).join(", ") + (more > 0 ? ` and ${formatCount(more)} more` : "");
}

function plural(count: number | bigint, noun: string): string {
  return `${formatCount(count)} ${noun}${Number(count) === 1 ? "" : "s"}`;
}
