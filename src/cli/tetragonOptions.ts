import { findOptions } from './options.ts';

/** What becomes of an option of Tetragon's daemon here. */
export type TetragonOption =
  /** Ours of another name means the same. */
  | { readonly as: string; readonly reason?: undefined }
  /** It has no meaning here: why, or what is there in its place. */
  | { readonly as?: undefined; readonly reason: string };

const means = (as: string): TetragonOption => ({ as });
const not = (reason: string): TetragonOption => ({ reason });

const ONE_RING = not('there is one ring buffer for all processors: --rb-size-total sets its size');
const FROM_BTF = not('the kernel tells its types itself (BTF)');
const ITS_CACHE = not('processes are kept as long as they run, and for a while after');
const ITS_LOG = not('messages go to standard error, where systemd keeps them');
const NOT_PINNED = not('nothing is pinned: it is gone when Trigon ends');
const ITS_K8S = not('policies come from files, the command line and gRPC, not from Kubernetes');
const NO_PROFILE = not('the agent is no Go program');

/** Options of Tetragon's that have another name or no meaning here; those of the same name aren't among them. */
const TETRAGON_OPTIONS: Readonly<Record<string, TetragonOption>> = {
  'tracing-policy': means('policy'),
  'tracing-policy-dir': means('policy-path'),
  'bpf-lib': FROM_BTF,
  btf: FROM_BTF,
  kernel: FROM_BTF,
  'bpf-dir': NOT_PINNED,
  'release-pinned-bpf': NOT_PINNED,
  'keep-sensors-on-exit': NOT_PINNED,
  procfs: not('it is /proc'),
  'cluster-name': not('events carry the node alone'),
  debug: ITS_LOG,
  verbose: ITS_LOG,
  'log-level': ITS_LOG,
  'log-format': ITS_LOG,
  'log-file': ITS_LOG,
  'data-cache-size': ITS_CACHE,
  'process-cache-size': ITS_CACHE,
  'process-cache-gc-interval': ITS_CACHE,
  'execve-map-entries': ITS_CACHE,
  'execve-map-size': ITS_CACHE,
  'event-cache-retries': ITS_CACHE,
  'event-cache-retry-delay': ITS_CACHE,
  'parents-map-enabled': ITS_CACHE,
  'parents-map-entries': ITS_CACHE,
  'parents-map-size': ITS_CACHE,
  'retprobes-cache-size': ITS_CACHE,
  'deleted-pod-cache-size': ITS_CACHE,
  'disable-process-cache': ITS_CACHE,
  'enable-cri': not('runtimes are asked unless --no-container-runtimes is given'),
  'enable-cgidmap': not('containers are known by their cgroups'),
  'enable-cgtrackerid': not('containers are known by their cgroups'),
  'enable-policy-filter': not('namespaced policies and pod selectors always work'),
  'enable-k8s-api': not('--k8s-kubeconfig-path is enough'),
  'enable-pod-info': ITS_K8S,
  'enable-pod-annotations': ITS_K8S,
  'enable-tracing-policy-crd': ITS_K8S,
  'k8s-controlplane-retry': ITS_K8S,
  'disable-kprobe-multi': not('the best way that works is chosen for each hook'),
  'force-small-progs': not('the best way that works is chosen for each hook'),
  'force-large-progs': not('the best way that works is chosen for each hook'),
  'event-queue-size': ONE_RING,
  'rb-size': ONE_RING,
  'rb-queue-size': ONE_RING,
  'use-perf-ring-buffer': ONE_RING,
  'enable-event-metrics': not('they are part of --metrics-server'),
  'enable-msg-handling-latency': not('it is part of --metrics-server'),
  'enable-pid-set-filter': not('the filter pid_set works without'),
  'expose-stack-addresses': not('addresses are shown where there is no name'),
  'filter-environment-variables': not('--redaction-filters hides values'),
  'gops-address': NO_PROFILE,
  'pprof-address': NO_PROFILE,
  cpuprofile: NO_PROFILE,
  memprofile: NO_PROFILE,
  'generate-docs': not('see trigon man'),
  'health-server-address': not('GetHealth is part of --server-address'),
  'health-server-interval': not('GetHealth is part of --server-address'),
  'netns-dir': not('network namespaces are found by themselves'),
  'persist-grpc-policies': not('policies that gRPC adds are gone at the end'),
  'persist-grpc-policies-dir': not('policies that gRPC adds are gone at the end'),
  'enable-deprecated-tracingpolicy-grpc': not('the API has what is current'),
  'sleepable-preload-size': not('there is nothing to set'),
  'server-require-client-cert': not('an address of the network always asks for one'),
};

/** undefined: Tetragon has none of this name, or it is one of ours. */
export const tetragonOption = (name: string): TetragonOption | undefined =>
  findOptions(`--${name}`).length > 0
    ? undefined
    : Object.hasOwn(TETRAGON_OPTIONS, name)
      ? TETRAGON_OPTIONS[name]
      : undefined;
