import { formatAddress } from "./address.ts";
import type { Counters } from "./counters.ts";
import { hasPorts, isIcmp, protocolName } from "./protocols.ts";
import type { FlowsReport } from "./report.ts";
import type { Flow } from "./top_flows.ts";

/**
 * The report as one line of JSON. Counters are numbers, exact below 2^53; times are strings of decimal nanoseconds
 * since 1970-01-01 UTC, which a number would round.
 */
export function formatReportJson(report: FlowsReport): string {
  const { file, format, linkTypes, maxFlows, flowCount, dropped, elapsedMs } = report;
  const json = {
    file,
    format,
    linkTypes,
    ...countersJson(report),
    protocols: report.protocols.map((counters) => ({
      name: protocolName(counters.slot),
      // The slots above 255 are not protocols of the Internet Protocol.
      number: counters.slot < 256 ? counters.slot : null,
      ...countersJson(counters),
    })),
    flowCount,
    maxFlows,
    flows: report.topFlows.map(flowJson),
    dropped: {
      flows: dropped.flows,
      flowsAreMore: dropped.flowsAreMore,
      packets: Number(dropped.packets),
      bytes: Number(dropped.bytes),
    },
    elapsedMs,
  };
  return `${JSON.stringify(json)}\n`;
}

function flowJson(flow: Flow): object {
  const withPorts = hasPorts(flow.protocol) && !flow.laterFragment;
  const withType = isIcmp(flow.protocol) && !flow.laterFragment;
  return {
    protocol: protocolName(flow.protocol),
    protocolNumber: flow.protocol,
    ipVersion: flow.ipVersion,
    source: formatAddress(flow.source, flow.ipVersion),
    destination: formatAddress(flow.destination, flow.ipVersion),
    ...(withPorts ? { sourcePort: flow.sourcePort, destinationPort: flow.destinationPort } : {}),
    ...(withType ? { icmpType: flow.sourcePort, icmpCode: flow.destinationPort } : {}),
    ...(flow.laterFragment ? { laterFragments: true } : {}),
    ...countersJson(flow),
  };
}

const countersJson = ({ packets, bytes, firstNs, lastNs }: Counters): object => ({
  packets: Number(packets),
  bytes: Number(bytes),
  firstNs: String(firstNs),
  lastNs: String(lastNs),
});
