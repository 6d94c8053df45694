import {
  type HostNamespaces,
  NO_DETAIL,
  namespacesOf,
  type ProcessDetail,
} from '../events/wire/processDetail.ts';
import type { DetailOptions } from './messages.ts';
import type { ProcessTable } from './processTable.ts';
import { readUserNames } from './users.ts';

/** What the optional parts of process messages need to know of this host. */
export function processDetail(
  wanted: Omit<DetailOptions, 'ancestors'>,
  host: HostNamespaces | undefined,
): ProcessDetail {
  const names = wanted.userNames ? readUserNames() : undefined;
  return {
    ...NO_DETAIL,
    credentials: wanted.credentials,
    namespaces: wanted.namespaces ? host : undefined,
    userName: names && ((uid) => names.get(uid)),
  };
}

/** Everything that can be told of a process, whatever the events show: for one that the operator asks about. */
export const allDetail = (host: HostNamespaces | undefined): ProcessDetail =>
  processDetail({ credentials: true, namespaces: true, userNames: true, environment: true }, host);

const KTHREADD = 2;

/**
 * The host's namespaces, as the kernel reported them for PID 1; where it doesn't show PID 1, for the mother of all kernel threads,
 * which never leaves them. Not from /proc/1/ns: even root may not be allowed to read it.
 */
export function findHostNamespaces(table: ProcessTable): HostNamespaces | undefined {
  for (const pid of [1, KTHREADD]) {
    const entry = table.findLive(pid);
    const namespaces = entry && namespacesOf(entry.record);
    if (namespaces && namespaces.user !== 0) return namespaces;
  }
  return undefined;
}
