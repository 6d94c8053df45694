/** What runs a container, by its cgroup's name; 'container' when the name is the plain id, as cgroupfs drivers make it. */
export type ContainerRuntime = 'docker' | 'containerd' | 'cri-o' | 'podman' | 'container';

/** Who a cgroup was made for, as far as its name tells. */
export type CgroupOwner =
  | { readonly kind: 'container'; readonly id: string; readonly runtime: ContainerRuntime }
  | { readonly kind: 'unit'; readonly name: string }
  | { readonly kind: 'none' };

/**
 * What stands before the id: "docker" of Docker's daemon, "cri-containerd" of containerd's plugin for Kubernetes, "crio" of CRI-O,
 * "libpod" of Podman.
 */
const RUNTIMES: ReadonlyMap<string, ContainerRuntime> = new Map([
  ['docker', 'docker'],
  ['cri-containerd', 'containerd'],
  ['crio', 'cri-o'],
  ['libpod', 'podman'],
]);

const CONTAINER = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** What systemd allows in the names of its units (systemd.unit(5)); `\` begins what it escapes. */
const UNIT = /^[A-Za-z0-9:_.\\@-]+\.(?:service|scope)$/;

const NONE: CgroupOwner = { kind: 'none' };

/** The last one asked for: what is started together mostly lives in one cgroup. */
const last: { name: string; owner: CgroupOwner } = { name: '', owner: NONE };

/**
 * Whom the last component of a cgroup path names: a container (`docker-<id>.scope`, `cri-containerd-<id>.scope`,
 * `crio-<id>.scope`, `libpod-<id>.scope`, or the plain id), or a systemd unit (`ssh.service`, `session-1.scope`). A prefix that
 * isn't known is some other runtime's. Slices hold units and processes of several: they name nobody.
 */
export function cgroupOwner(name: string): CgroupOwner {
  if (last.name !== name) {
    last.owner = readOwner(name);
    last.name = name;
  }
  return last.owner;
}

function readOwner(name: string): CgroupOwner {
  const container = CONTAINER.exec(name);
  // Podman's and CRI-O's monitors have cgroups of their own beside their container's, in which nothing of it runs.
  if (container && !container[1]?.endsWith('-conmon')) {
    const [, prefix = '', id = ''] = container;
    return { kind: 'container', id, runtime: RUNTIMES.get(prefix) ?? 'container' };
  }
  return UNIT.test(name) ? { kind: 'unit', name } : NONE;
}

/** The id of the container whose cgroup has this name, or ''. */
export function containerIdOf(cgroupName: string): string {
  const owner = cgroupOwner(cgroupName);
  return owner.kind === 'container' ? owner.id : '';
}

/** Tetragon shows the first 31 characters (`process.docker`). */
export const SHOWN_CONTAINER_ID_LENGTH = 31;
