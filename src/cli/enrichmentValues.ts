import { resolve } from 'node:path';
import type { EnrichmentOptions } from '../agent/messages.ts';
import { type OptionValues, UsageError } from './optionValues.ts';

/**
 * What is asked of others about what events name: by default all but Kubernetes and hashes.
 *
 * @param dockerHost the variable DOCKER_HOST: where Docker's own command finds the engine
 * @throws UsageError
 */
export function enrichmentOf(
  values: OptionValues,
  dockerHost = process.env.DOCKER_HOST,
): EnrichmentOptions {
  const endpoint = values.text('cri-endpoint');
  const containers = !values.isSet('no-container-runtimes');
  if (endpoint !== undefined && !containers)
    throw new UsageError('--cri-endpoint says whom to ask, --no-container-runtimes to ask nobody');
  return {
    containers,
    criEndpoint: endpoint === undefined ? undefined : socketOf('--cri-endpoint', endpoint),
    dockerSocket: localSocket(dockerHost),
    kubernetes: kubernetesOf(values.text('k8s-kubeconfig-path'), values.text('kubelet-url')),
    names: !values.isSet('no-dns-names'),
    hashes: values.isSet('process-hashes'),
  };
}

/** `unix:///run/…`, `unix:/run/…` or a path. */
function socketOf(flag: string, text: string): string {
  const path = /^(?:unix:(?:\/\/)?)?(\/.*[^/])$/.exec(text)?.[1];
  if (path === undefined)
    throw new UsageError(
      `${flag} must be a socket of this host such as unix:///run/containerd/containerd.sock, not "${text}"`,
    );
  return path;
}

/** An engine elsewhere knows nothing of the containers here: then the usual sockets are asked. */
const localSocket = (dockerHost = ''): string | undefined =>
  /^unix:\/\/(\/.*[^/])$/.exec(dockerHost)?.[1];

function kubernetesOf(
  file: string | undefined,
  url: string | undefined,
): EnrichmentOptions['kubernetes'] {
  const kubeconfig = file === undefined || file === '' ? undefined : resolve(file);
  if (url === undefined || url === '')
    return kubeconfig === undefined ? undefined : { kind: 'kubeconfig', file: kubeconfig };
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new UsageError(
      `--kubelet-url must be a URL such as https://127.0.0.1:10250, not "${url}"`,
    );
  return { kind: 'kubelet', url, kubeconfig };
}
