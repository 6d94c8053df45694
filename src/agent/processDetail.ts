import { readdirSync, statSync } from 'node:fs';
import {
  type HostNamespaces,
  NO_DETAIL,
  type ProcessDetail,
} from '../events/wire/processDetail.ts';
import type { DetailOptions } from './messages.ts';
import { readUserNames } from './users.ts';

/** What the optional parts of process messages need to know of this host. */
export function processDetail(wanted: DetailOptions): ProcessDetail {
  const names = wanted.userNames ? readUserNames() : undefined;
  return {
    ...NO_DETAIL,
    credentials: wanted.credentials,
    namespaces: wanted.namespaces ? readHostNamespaces() : undefined,
    userName: names && ((uid) => names.get(uid)),
  };
}

/** Inode numbers of PID 1's namespaces (namespaces(7)). */
export function readHostNamespaces(): HostNamespaces {
  const folder = '/proc/1/ns';
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, statSync(`${folder}/${name}`).ino]),
  );
}
