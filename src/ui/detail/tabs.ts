import type { Subject } from '../subject.ts';

/** `short`: for narrow screens. */
export const DETAIL_TABS = [
  { tab: 'fields', title: 'Fields', short: 'Fields' },
  { tab: 'arguments', title: 'Arguments', short: 'Args' },
  { tab: 'ancestry', title: 'Ancestry', short: 'Ancestry' },
  { tab: 'environment', title: 'Environment', short: 'Env' },
  { tab: 'files', title: 'Files', short: 'Files' },
  { tab: 'credentials', title: 'Credentials', short: 'Creds' },
  { tab: 'namespaces', title: 'Namespaces', short: 'NS' },
  { tab: 'related', title: 'Related', short: 'Related' },
  { tab: 'json', title: 'JSON', short: 'JSON' },
] as const;
export type DetailTab = (typeof DETAIL_TABS)[number]['tab'];

/** Those that make sense: a process alone has no event, and some events have no process. */
export function tabsOf({ pid, event }: Subject): (typeof DETAIL_TABS)[number][] {
  return DETAIL_TABS.filter(({ tab }) => {
    if (tab === 'json') return event !== undefined;
    return tab === 'fields' || pid !== 0;
  });
}
