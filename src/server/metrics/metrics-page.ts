import type { Answer, Asker } from '../http/route.ts';
import type { BuildInfo } from './exposition.ts';
import type { Sources } from './sources.ts';

const denied: Answer = {
  status: 401,
  text: 'Metrics are for programs on this machine, and for those with the token of --metrics-token-file.',
  headers: { 'WWW-Authenticate': 'Bearer realm="earshot"' },
};

/**
 * `GET /metrics`, in the text format of Prometheus: for programs on this machine, and for those that know the token.
 * What makes the text is loaded at the first request that may see it.
 */
export function metricsPage(
  sources: Sources,
  build: BuildInfo,
  isToken: (authorization: string | undefined) => boolean,
): (asker: Asker) => Promise<Answer> {
  let loading: Promise<{ metrics(): Promise<string>; readonly contentType: string }> | undefined;
  return async ({ isLocal, headers }) => {
    if (!isLocal && !isToken(headers.authorization)) return denied;
    loading ??= import('./exposition.ts').then(({ createRegistry }) => createRegistry(sources, build));
    const registry = await loading;
    return { status: 200, text: await registry.metrics(), contentType: registry.contentType };
  };
}
