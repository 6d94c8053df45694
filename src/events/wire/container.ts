/**
 * Container id from the last component of a cgroup path, as the runtimes name their cgroups: `docker-<id>.scope`,
 * `cri-containerd-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`, or the plain id (cgroupfs drivers). '' when the name
 * isn't a container's.
 */
export function containerIdOf(cgroupName: string): string {
  const match = /^(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?$/.exec(cgroupName);
  return match?.[1] ?? '';
}

/** Tetragon shows the first 31 characters (`process.docker`). */
export const SHOWN_CONTAINER_ID_LENGTH = 31;
