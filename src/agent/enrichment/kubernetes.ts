import type { ContainerFact } from '../../events/facts.ts';
import type { EnrichmentOptions } from '../messages.ts';
import { getJson } from './boundedHttp.ts';
import { fieldAt, textOf } from './json.ts';
import { type KubernetesAccess, kubeletAccess, readKubeconfig } from './kubeconfig.ts';
import { readPods } from './pods.ts';
import type { Runtime } from './runtimeAnswer.ts';

/** The pods of a node; a node has at most some hundreds. */
const MOST_BYTES = 32 << 20;
const TIMEOUT_MS = 5000;
const PAGE = 250;
const MOST_PAGES = 8;
/** Between two lists of all pods. */
const REFRESH_MS = 2000;

export type Kubernetes = Runtime & {
  /** Looks whether it can be asked at all. @throws Error that says why not */
  check(): Promise<void>;
};

/**
 * Pods of this node from the API server or the kubelet: all of them at once, again when a container isn't among them.
 *
 * @param node its name there
 */
export function createKubernetes(
  where: NonNullable<EnrichmentOptions['kubernetes']>,
  node: string,
): Kubernetes {
  let access: Promise<KubernetesAccess> | undefined;
  let known = new Map<string, ContainerFact>();
  let listing: Promise<void> | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;

  const open = () => {
    access ??=
      where.kind === 'kubeconfig'
        ? readKubeconfig(where.file)
        : kubeletAccess(where.url, where.kubeconfig);
    // The next question tries again.
    access.catch(() => {
      access = undefined;
    });
    return access;
  };

  const list = async () => {
    const { server, tls, token } = await open();
    const bearer = await token();
    // Also on the loopback: anybody may listen there while the server is down.
    if (bearer !== '' && server.protocol === 'http:')
      throw new Error('a token is not sent without TLS: give an address with https');
    const pods = new Map<string, ContainerFact>();
    let next = '';
    for (let page = 0; page < MOST_PAGES; page++) {
      const { status, body } = await getJson({
        url: where.kind === 'kubelet' ? below(server, 'pods') : podsUrl(server, node, next),
        headers: bearer === '' ? undefined : { authorization: `Bearer ${bearer}` },
        tls,
        timeoutMs: TIMEOUT_MS,
        mostBytes: MOST_BYTES,
      });
      if (body === undefined) throw new Error(statusText(status));
      for (const [id, fact] of readPods(body)) pods.set(id, fact);
      next = textOf(fieldAt(body, 'metadata', 'continue'));
      if (next === '') break;
    }
    known = pods;
  };

  /** One list at a time, and not more often than REFRESH_MS. */
  const refresh = async () => {
    if (!listing) {
      if (performance.now() - listedAt < REFRESH_MS) return;
      listing = list().finally(() => {
        listedAt = performance.now();
        listing = undefined;
      });
    }
    await listing;
  };

  const ask: Runtime = async (id) => {
    const fact = known.get(id);
    if (fact) return { kind: 'known', fact };
    try {
      await refresh();
    } catch (error) {
      return { kind: 'failed', reason: (error as Error).message };
    }
    const found = known.get(id);
    return found ? { kind: 'known', fact: found } : { kind: 'unknown' };
  };
  return Object.assign(ask, {
    async check() {
      await open();
      await refresh();
    },
  });
}

/** A server may lie below a path of its own (a proxy's). */
const below = (server: URL, path: string): URL =>
  new URL(`${server.pathname.replace(/\/$/, '')}/${path}`, server);

function podsUrl(server: URL, node: string, next: string): URL {
  const url = below(server, 'api/v1/pods');
  url.searchParams.set('fieldSelector', `spec.nodeName=${node}`);
  url.searchParams.set('limit', String(PAGE));
  if (next !== '') url.searchParams.set('continue', next);
  return url;
}

function statusText(status: number): string {
  if (status === 401) return 'it does not know who asks (HTTP status 401): is the token right?';
  if (status === 403) return 'it does not allow listing pods (HTTP status 403)';
  return `it answers with HTTP status ${status}`;
}
