import type { BinaryProfile, Tallied } from '../../agent/messages.ts';
import { writeTerm } from '../../events/filter/write.ts';
import { type HostName, namedEndpoint } from '../../events/hostNames.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import { targetTerm } from './alertFilter.ts';

/** One list of what is known of a program. */
export type BinarySection = {
  readonly id: string;
  readonly title: string;
  /** What stands there when nothing was counted. */
  readonly empty: string;
  readonly items: readonly BinaryItem[];
  /** Counted, and in none of the items. */
  readonly others: number;
};

export type BinaryItem = {
  readonly key: string;
  readonly text: string;
  readonly count: number;
  /** The filter of the stream that shows its events. */
  readonly filter: string;
};

/** The program's events, of no other one. */
export const binaryTerm = (binary: string): string => writeTerm('binary', binary, '=');

/** The lists in the two columns of a wide screen, the first above all others on a narrow one. */
export function binarySections(
  profile: BinaryProfile,
  userNames: ReadonlyMap<number, string>,
  hostName?: HostName,
): readonly [readonly BinarySection[], readonly BinarySection[]] {
  const own = binaryTerm(profile.counters.binary);
  const section = (
    id: string,
    title: string,
    empty: string,
    tallied: Tallied,
    item: (name: string) => { text: string; filter: string },
  ): BinarySection => ({
    ...{ id, title, empty, others: tallied.others },
    items: tallied.entries.map(({ name, count }) => ({
      key: `${id} ${name}`,
      count,
      ...item(name),
    })),
  });
  const program = (name: string) => ({ text: quoteIfNeeded(name), filter: binaryTerm(name) });
  const target = (name: string) => ({
    text: quoteIfNeeded(name),
    filter: `${own} ${targetTerm(name)}`,
  });
  return [
    [
      section('ran', 'Programs it ran', 'it ran none', profile.ran, program),
      section('ranBy', 'Run by', 'nobody was seen running it', profile.ranBy, program),
      section('users', 'Users', 'not known', profile.users, (uid) => ({
        text: escapeText(userNames.get(Number(uid)) ?? `uid ${uid}`),
        filter: `${own} ${writeTerm('uid', uid)}`,
      })),
      section('endings', 'How it ended', 'it has not ended yet', profile.endings, (ending) => {
        const isCode = /^\d+$/.test(ending);
        return {
          text: isCode ? `exit ${ending}` : escapeText(ending),
          filter: `${own} event:exit ${writeTerm(isCode ? 'status' : 'signal', ending)}`,
        };
      }),
    ],
    [
      section('addresses', 'Addresses', 'no policy saw it talk', profile.addresses, (name) => ({
        ...target(name),
        text: namedEndpoint(quoteIfNeeded(name), hostName),
      })),
      section('files', 'Files', 'no policy saw it touch one', profile.files, target),
      section('policies', 'Policies', 'it met none', profile.policies, (name) => ({
        text: escapeText(name),
        filter: `${own} ${writeTerm('policy', name, '=')}`,
      })),
    ],
  ];
}
