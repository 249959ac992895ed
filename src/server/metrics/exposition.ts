import { readdir } from 'node:fs/promises';
import prometheus, { type Metric, type Registry } from 'prom-client';
import type { Histogram } from '../counts/histogram.ts';
import type { Tally } from '../counts/tally.ts';
import type { Sources } from './sources.ts';

const { Counter, Gauge } = prometheus;

/** What the page of metrics says beside the figures of the parts. */
export interface BuildInfo {
  readonly version: string;
  /** Seconds since 1970. */
  readonly startedAt: number;
}

/**
 * Maps the plain numbers of a server to metrics of Prometheus. The only module that knows `prom-client`: nothing is
 * counted in its objects; each scrape reads the numbers anew.
 */
export function createRegistry(sources: Sources, build: BuildInfo): Registry {
  const registry = new prometheus.Registry();
  const registers = [registry];

  const gauge = (name: string, help: string, value: () => number | Promise<number>): void => {
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        this.set(await value());
      },
    });
  };
  const counter = (name: string, help: string, value: () => number): void => {
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  const tallied: Tallied = (name, label, help, value) => {
    new Counter({
      ...{ name, help, registers, labelNames: [label] },
      collect() {
        this.reset();
        for (const [kind, count] of value()) this.inc({ [label]: kind }, count);
      },
    });
  };
  const histogram = (name: string, help: string, value: Histogram): void => {
    registry.registerMetric(plainHistogram(name, help, value));
  };

  const { sessions, hub, log, eventLoop } = sources;
  new Gauge({
    ...{ name: 'earshot_connections', help: 'Open connections.', registers, labelNames: ['protocol'] },
    collect() {
      this.reset();
      for (const [protocol, count] of sessions.summary().protocols) this.set({ protocol }, count);
    },
  });
  new Gauge({
    ...{ name: 'earshot_transport_connections', help: 'Open connections, by what carries them.' },
    ...{ registers, labelNames: ['transport'] },
    collect() {
      this.reset();
      for (const [transport, count] of sessions.summary().transports) this.set({ transport }, count);
    },
  });
  tallied('earshot_connections_total', 'protocol', 'Connections, open or over.', () =>
    sum(sessions.ended, sessions.summary().protocols),
  );
  tallied(
    'earshot_connections_refused_total',
    'reason',
    'Connections that were refused.',
    () => sessions.refused,
  );
  gauge(
    'earshot_users_online',
    'Users who are online.',
    async () => (await sources.registry.online()).length,
  );
  counter('earshot_logins_total', 'Logins.', () => sum(sources.logins.outcomes).get('in') ?? 0);
  tallied('earshot_logins_refused_total', 'reason', 'Logins that were refused.', () =>
    [...sources.logins.outcomes].filter(([kind]) => kind !== 'in'),
  );
  counter('earshot_messages_stored_total', 'Messages that were stored.', () => hub.counts.stored);
  tallied(
    'earshot_messages_refused_total',
    'reason',
    'Messages that were refused.',
    () => sources.posts.refused,
  );
  counter(
    'earshot_messages_delivered_total',
    'Messages handed to the outboxes of readers, once for each device.',
    () => hub.counts.delivered,
  );
  histogram('earshot_commit_seconds', 'Writing a group of messages to the disk.', log.commitSeconds);
  histogram('earshot_commit_group_messages', 'Messages in a group.', log.groupSize);
  gauge(
    'earshot_commit_waiting_seconds',
    'How long the current commit has taken.',
    () => log.waitingMs / 1_000,
  );
  histogram(
    'earshot_match_seconds',
    'Finding who follows the messages of the groups that share a flush.',
    hub.counts.matchSeconds,
  );
  histogram(
    'earshot_delivery_seconds',
    'From the start of the fan-out of the first group that shares a flush until its end.',
    hub.counts.deliverySeconds,
  );
  gauge('earshot_outbox_bytes', 'Bytes that wait for readers.', () => sources.outboxBudget.heldBytes);
  gauge('earshot_input_bytes', 'Bytes that were received and not yet read.', () => sources.inputs.heldBytes);
  gauge(
    'earshot_lagging_readers',
    'Readers that read from the log because live delivery is too fast for them.',
    () => sessions.summary().lagging,
  );
  counter('earshot_files_total', 'Files that were announced.', () => hub.counts.files);
  counter('earshot_file_bytes_total', 'Bytes of these files.', () => hub.counts.fileBytes);
  gauge('earshot_uploads', 'Files that are being received.', () => sources.uploads.count);
  gauge('earshot_disk_free_bytes', 'Free bytes on the disk of the data folder.', () =>
    sources.fileStore.freeBytes().catch(() => Number.NaN),
  );
  new Gauge({
    name: 'earshot_event_loop_delay_seconds',
    help: 'How late the event loop was in the last whole minute.',
    ...{ registers, labelNames: ['statistic'] },
    collect() {
      for (const [statistic, value] of Object.entries(eventLoop.delay)) this.set({ statistic }, value);
    },
  });
  new Gauge({
    ...{
      name: 'earshot_build_info',
      help: 'The version, always 1.',
      registers,
      labelNames: ['version', 'node'],
    },
  }).set({ version: build.version, node: process.version }, 1);
  addUdp(counter, gauge, tallied, sources.udp);
  addProcess(counter, gauge, build);
  return registry;
}

type Add = (name: string, help: string, value: () => number) => void;
type Tallied = (name: string, label: string, help: string, value: () => Iterable<[string, number]>) => void;
type AddLater = (name: string, help: string, value: () => number | Promise<number>) => void;

/** What the server's end of the transport over UDP counts. */
function addUdp(counter: Add, gauge: AddLater, tallied: Tallied, udp: Sources['udp']): void {
  // Adding them up looks at every client: once for each scrape, which asks for the metrics in this order.
  let { counts } = udp;
  gauge('earshot_udp_associations', 'Clients over UDP.', () => {
    counts = udp.counts;
    return counts.associations;
  });
  tallied('earshot_udp_packets_total', 'direction', 'Sealed packets over UDP.', () => [
    ['sent', counts.sentPackets],
    ['received', counts.receivedPackets],
  ]);
  counter(
    'earshot_udp_packets_lost_total',
    'Packets that were taken for lost; a few arrive late.',
    () => counts.lostPackets,
  );
  counter(
    'earshot_udp_sent_again_bytes_total',
    'Bytes that were sent another time, as they were lost or could have been.',
    () => counts.bytesSentAgain,
  );
  tallied('earshot_udp_ignored_total', 'reason', 'Datagrams that were dropped.', () => [
    ['malformed', counts.malformed],
    ['unsealed', counts.unsealed],
    ['repeated', counts.repeated],
    ['unknown', counts.unknown],
    ['too-many', counts.tooMany],
  ]);
  counter('earshot_udp_hellos_total', 'HELLOs of clients.', () => counts.hellos);
  counter('earshot_udp_retries_total', 'HELLOs answered with RETRY.', () => counts.retries);
  counter('earshot_udp_handshakes_total', 'Handshakes that were finished.', () => counts.handshakes);
  counter('earshot_udp_resets_total', 'Stateless resets that were sent.', () => counts.resets);
}

/** The metrics that any process has, by the names that Prometheus gives them. */
function addProcess(counter: Add, gauge: AddLater, { startedAt }: BuildInfo): void {
  counter('process_cpu_seconds_total', 'Time of the processor, of the user and the system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_heap_bytes', 'Memory of the JavaScript heap in use.', () => process.memoryUsage().heapUsed);
  gauge('process_start_time_seconds', 'When the process started, since 1970.', () => startedAt);
  gauge('process_open_fds', 'Open file descriptors.', () =>
    readdir('/proc/self/fd').then(
      (files) => files.length,
      () => Number.NaN,
    ),
  );
}

function sum(...tallies: readonly Tally[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const tally of tallies)
    for (const [kind, count] of tally) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return counts;
}

/**
 * A histogram that somebody else fills, as a registry reads it. The class of `prom-client` has no way to set counts, and
 * its types say that the kind of a metric is a number, which it is not.
 */
function plainHistogram(name: string, help: string, plain: Histogram): Metric {
  const get = async (): Promise<object> => ({ name, help, type: 'histogram', values: seriesOf(name, plain) });
  return { name, help, get } as unknown as Metric;
}

function seriesOf(name: string, { bounds, buckets, sum: total, count }: Histogram): readonly object[] {
  let below = 0;
  const series = [...bounds, '+Inf'].map((le, at) => {
    below += buckets[at] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le }, value: below };
  });
  return [
    ...series,
    { metricName: `${name}_sum`, labels: {}, value: total },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}
