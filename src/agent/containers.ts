import type { ContainerFact } from '../events/facts.ts';

/** What selectors of policies can ask of a container. Labels come from its maker: hostile. */
export type Container = {
  /** For container selectors: `name`, `repo` (the image without its tag), and the labels it was given. */
  labels: Readonly<Record<string, string>>;
  /** For pod selectors: the pod's labels, with its name and namespace under the keys that Kubernetes' runtimes use. */
  podLabels: Readonly<Record<string, string>>;
};

/** One about which nobody tells anything. */
export const UNKNOWN_CONTAINER: Container = { labels: {}, podLabels: {} };

export function containerOf({ name, image, labels, pod }: ContainerFact): Container {
  // Tag and digest are no part of the repository; a port in the registry's name is.
  const repo = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  return {
    labels: { ...labels, ...(name === '' ? {} : { name }), ...(repo === '' ? {} : { repo }) },
    // Where no pod is, selectors of pods mean the container: Docker's own, say.
    podLabels: pod
      ? {
          ...(pod.podLabels ?? labels),
          'io.kubernetes.pod.name': pod.name,
          'io.kubernetes.pod.namespace': pod.namespace,
        }
      : labels,
  };
}
