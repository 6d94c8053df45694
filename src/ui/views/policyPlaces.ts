/** What a policy watches and how that is had here, in few words. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';

/** Some of its places, or all, are not watched. */
export const isPartial = ({ condition }: PolicyStatus): boolean =>
  condition === 'partially_enabled' || condition === 'load_error';

/** Places that it watches, of how many: the details say why some can't be had. */
export function placesText({ hooks }: PolicyStatus): string {
  const points = hooks.flatMap((hook) => hook.points);
  const had = points.filter(({ state }) => state === 'attached' || state === 'idle').length;
  return `${had}/${points.length}`;
}

/** How it is attached, in a word: `exact`, `equivalent`, `tracepoint`, `cgroup`; `partly` where places are missing. */
export function howText(policy: PolicyStatus): string {
  if (policy.condition === 'load_error') return 'not at all';
  if (policy.condition === 'partially_enabled') return 'partly';
  const ways = new Set(policy.hooks.map(wayOf));
  const [only] = ways;
  if (only === undefined) return '-';
  if (ways.size === 1) return only;
  // The least faithful of several: nobody should take the whole for exact.
  return ways.has('equivalent') || ways.has('cgroup') ? 'equivalent' : 'exact';
}

function wayOf({ kind, obtained }: PolicyStatus['hooks'][number]): string {
  if (obtained !== 'exact') return obtained.includes('cgroup ') ? 'cgroup' : 'equivalent';
  return kind === 'tracepoint' || kind === 'uprobe' || kind === 'usdt' ? kind : 'exact';
}

/** Title of a policy of the library, else what it does in plain words, else its selectors. */
export function watches({ title, sentence, hooks }: PolicyStatus): string {
  const words = hooks.flatMap((hook) =>
    hook.selectors.map((selector) => `${hook.call}: ${selector.words}`),
  );
  return escapeText(title || sentence || words.join('; '));
}
