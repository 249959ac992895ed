import { packageVersion } from '../version.ts';
import type { Chat } from './chat/chat.ts';
import type { ConnectionServices } from './connection/services.ts';
import type { Sessions } from './connection/sessions.ts';
import type { LogCounts } from './counts/log-counts.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { UploadsUnderWay } from './files/uploads-under-way.ts';
import { healthAnswer } from './http/health.ts';
import type { Route } from './http/route.ts';
import { EventLoop } from './metrics/event-loop.ts';
import { metricsPage } from './metrics/metrics-page.ts';
import { MinuteLines } from './metrics/minute-lines.ts';
import type { Sources } from './metrics/sources.ts';

export interface OutsideViewOptions extends ConnectionServices {
  readonly chat: Chat;
  readonly sessions: Sessions;
  readonly uploads: UploadsUnderWay;
  readonly disk: DiskWatch;
  readonly logCounts: LogCounts;
  readonly udp: Sources['udp'];
  readonly isMetricsToken: (authorization: string | undefined) => boolean;
}

/** What is seen of the server from outside: health and metrics over HTTP, and a line a minute in the log. */
export interface OutsideView {
  readonly routes: readonly (readonly [path: string, route: Route])[];
  stop(): void;
}

export function openOutsideView(options: OutsideViewOptions): OutsideView {
  const { chat, sessions, disk, logCounts, clock, logger, isMetricsToken } = options;
  const eventLoop = new EventLoop();
  const sources: Sources = {
    ...options,
    ...{ logins: chat.logins, registry: chat.registry, log: logCounts, eventLoop },
  };
  const build = { version: packageVersion, startedAt: performance.timeOrigin / 1_000 };
  const lines = new MinuteLines({ clock, logger, sources, eventLoop });
  lines.start();
  return {
    routes: [
      ['/health', () => healthAnswer({ disk, sessions, log: logCounts })],
      ['/metrics', metricsPage(sources, build, isMetricsToken)],
    ],
    stop: () => lines.stop(),
  };
}
