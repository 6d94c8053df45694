import type { ArgumentFilter, Hook, Selector } from '../model.ts';

/** AF_INET and AF_INET6: the sockets that programs at cgroups are called for. */
const INTERNET = [2n, 10n];

/**
 * Whether a selector that refuses the making of sockets can match no Internet socket, so that a program at a cgroup would never
 * refuse anything for it. The family is the function's argument 0.
 */
export function refusesNoInternetSocket({ args, selectors }: Hook): boolean {
  return selectors.some(
    (selector) =>
      refuses(selector) &&
      selector.matchArgs.some(
        (filter) =>
          args[filter.arguments[0] ?? 0]?.index === 0 && !INTERNET.some(allowedBy(filter)),
      ),
  );
}

const refuses = ({ actions }: Selector): boolean =>
  actions.some(({ action }) => action === 'Override');

const allowedBy =
  ({ operator, values }: ArgumentFilter) =>
  (family: bigint): boolean => {
    if (values.kind !== 'ranges') return true;
    const isAmong = values.ranges.some(([low, high]) => family >= low && family <= high);
    if (operator === 'Equal' || operator === 'InRange') return isAmong;
    return operator === 'NotEqual' || operator === 'NotInRange' ? !isAmong : true;
  };
