import { readFileSync } from 'node:fs';

/** What the runtime's state files tell of a container; nothing when they can't be read. Labels come from its maker: hostile. */
export type Container = {
  /** For container selectors: `name`, `repo` (the image without its tag), and the labels it was given. */
  labels: Readonly<Record<string, string>>;
  /** For pod selectors: the pod's labels, with its name and namespace under the keys that Kubernetes' runtimes use. */
  podLabels: Readonly<Record<string, string>>;
};

const NOTHING: Container = { labels: {}, podLabels: {} };

/** @param id 64 hexadecimal digits */
export function readContainer(id: string): Container {
  for (const { file, understand } of STATE_FILES) {
    const state = readJson(file(id));
    if (state !== undefined) return understand(state);
  }
  return NOTHING;
}

/** Where runtimes keep the state of running containers. */
const STATE_FILES: readonly { file(id: string): string; understand(state: unknown): Container }[] =
  [
    {
      file: (id) => `/var/lib/docker/containers/${id}/config.v2.json`,
      understand: readDocker,
    },
    ...['k8s.io', 'moby', 'default'].map((namespace) => ({
      file: (id: string) =>
        `/run/containerd/io.containerd.runtime.v2.task/${namespace}/${id}/config.json`,
      understand: readAnnotations,
    })),
    {
      file: (id) => `/run/containers/storage/overlay-containers/${id}/userdata/config.json`,
      understand: readAnnotations,
    },
    {
      file: (id) => `/var/lib/containers/storage/overlay-containers/${id}/userdata/config.json`,
      understand: readAnnotations,
    },
  ];

/** Docker's own state: `Name` begins with a slash. */
function readDocker(state: unknown): Container {
  const config = fieldOf(state, 'Config');
  const labels = textsOf(fieldOf(config, 'Labels'));
  const name = textOf(fieldOf(state, 'Name'))?.replace(/^\//, '');
  return containerOf(name, textOf(fieldOf(config, 'Image')), labels, labels);
}

/**
 * The annotations of an OCI bundle. containerd's CRI plugin writes `io.kubernetes.cri.*`, CRI-O `io.kubernetes.cri-o.*` and
 * `io.kubernetes.*`, nerdctl `nerdctl/*`, Podman `io.podman.*` and none of a name.
 */
function readAnnotations(state: unknown): Container {
  const notes = textsOf(fieldOf(state, 'annotations'));
  const first = (...keys: string[]) => keys.map((key) => notes[key]).find(Boolean);
  const labels = textsOf(parseJson(notes['io.kubernetes.cri-o.Labels'] ?? '{}'));
  const pod = first('io.kubernetes.pod.name', 'io.kubernetes.cri.sandbox-name');
  const namespace = first('io.kubernetes.pod.namespace', 'io.kubernetes.cri.sandbox-namespace');
  return containerOf(
    first('io.kubernetes.cri.container-name', 'io.kubernetes.container.name', 'nerdctl/name'),
    first('io.kubernetes.cri.image-name', 'io.kubernetes.cri-o.ImageName', 'nerdctl/image-name'),
    labels,
    {
      ...labels,
      ...(pod === undefined ? {} : { 'io.kubernetes.pod.name': pod }),
      ...(namespace === undefined ? {} : { 'io.kubernetes.pod.namespace': namespace }),
    },
  );
}

function containerOf(
  name: string | undefined,
  image: string | undefined,
  labels: Readonly<Record<string, string>>,
  podLabels: Readonly<Record<string, string>>,
): Container {
  // Tag and digest are no part of the repository; a port in the registry's name is.
  const repo = image?.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  return {
    labels: {
      ...labels,
      ...(name === undefined ? {} : { name }),
      ...(repo === undefined ? {} : { repo }),
    },
    podLabels,
  };
}

function readJson(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // another runtime's container, or not ours to read
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      )
    : {};
