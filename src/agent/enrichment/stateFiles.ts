import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ContainerFact } from '../../events/facts.ts';
import { containerFact, POD_LABEL, podOf } from './containerFacts.ts';
import { fieldAt, fieldOf, parseJson, shortTextOf, textsOf, timeOf } from './json.ts';

/** Longest state file: those of containers with thousands of mounts have some 100 KB. */
const MOST_BYTES = 4 << 20;

type StateFile = {
  readonly path: (id: string) => string;
  readonly understand: (id: string, state: unknown) => ContainerFact;
};

/** Where runtimes keep the state of running containers. */
const STATE_FILES: readonly StateFile[] = [
  ...['k8s.io', 'moby', 'default'].map((namespace) => ({
    path: (id: string) =>
      `/run/containerd/io.containerd.runtime.v2.task/${namespace}/${id}/config.json`,
    understand: readBundle,
  })),
  {
    path: (id) => `/run/containers/storage/overlay-containers/${id}/userdata/config.json`,
    understand: readBundle,
  },
  {
    path: (id) => `/var/lib/containers/storage/overlay-containers/${id}/userdata/config.json`,
    understand: readBundle,
  },
];

/** Asked first: of Docker's containers there is a bundle of containerd's too, which knows no names. */
const DOCKER: StateFile = {
  path: (id) => `/var/lib/docker/containers/${id}/config.v2.json`,
  understand: readDocker,
};

/**
 * What the state files of container runtimes tell; undefined: nothing.
 *
 * @param id 64 hexadecimal digits
 * @param root where the host's files are
 */
export async function readStateFiles(id: string, root = ''): Promise<ContainerFact | undefined> {
  for (const { path, understand } of [DOCKER, ...STATE_FILES]) {
    const state = await readJson(`${root}${path(id)}`);
    if (state !== undefined) return understand(id, state);
  }
  return undefined;
}

/** Docker's own state: `Name` begins with a slash. */
export function readDocker(id: string, state: unknown): ContainerFact {
  const labels = textsOf(fieldAt(state, 'Config', 'Labels'));
  const pod = podOf(labels, labels);
  const startedAt = timeOf(fieldAt(state, 'State', 'StartedAt'));
  return containerFact(id, {
    name: labels[POD_LABEL.container] || shortTextOf(fieldOf(state, 'Name')).replace(/^\//, ''),
    image: shortTextOf(fieldAt(state, 'Config', 'Image')),
    imageId: shortTextOf(fieldOf(state, 'Image')),
    labels,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(pod ? { pod } : {}),
  });
}

/**
 * The annotations of an OCI bundle. containerd's CRI plugin writes `io.kubernetes.cri.*`, CRI-O `io.kubernetes.cri-o.*` and
 * `io.kubernetes.*`, nerdctl `nerdctl/*`, Podman `io.podman.*` and none of a name.
 */
function readBundle(id: string, state: unknown): ContainerFact {
  const notes = textsOf(fieldOf(state, 'annotations'));
  const first = (...keys: string[]) => keys.map((key) => notes[key]).find(Boolean) ?? '';
  const labels = textsOf(parseJson(notes['io.kubernetes.cri-o.Labels'] ?? ''));
  const pod = podOf(
    {
      [POD_LABEL.name]: first(POD_LABEL.name, 'io.kubernetes.cri.sandbox-name'),
      [POD_LABEL.namespace]: first(POD_LABEL.namespace, 'io.kubernetes.cri.sandbox-namespace'),
      [POD_LABEL.uid]: first(POD_LABEL.uid, 'io.kubernetes.cri.sandbox-uid'),
    },
    labels,
  );
  return containerFact(id, {
    name: first('io.kubernetes.cri.container-name', POD_LABEL.container, 'nerdctl/name'),
    image: first(
      'io.kubernetes.cri.image-name',
      'io.kubernetes.cri-o.ImageName',
      'nerdctl/image-name',
    ),
    labels,
    ...(pod ? { pod } : {}),
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    const text = await readText(path);
    return text === undefined ? undefined : parseJson(text);
  } catch {
    return undefined; // another runtime's container, or not ours to read
  }
}

/** undefined for what is no regular file, or too long. */
async function readText(path: string): Promise<string | undefined> {
  // Whoever owns the folder must not send us elsewhere, nor let us wait for a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    const bytes = Buffer.alloc(stat.size);
    let used = 0;
    for (let read = -1; read !== 0 && used < bytes.length; used += read)
      ({ bytesRead: read } = await file.read(bytes, used, bytes.length - used, used));
    return bytes.toString('utf8', 0, used);
  } finally {
    await file.close();
  }
}
