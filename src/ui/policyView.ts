import { type Move, moveIn } from './panes/pane.ts';

/** One policy over the whole view: its file, and beside it how it is had on this host. */
export type PolicySide = 'text' | 'plan';

export type PolicyViewState = {
  readonly policyId: number;
  /** When another policy has the number, this one is gone. */
  readonly name: string;
  /** Number of the question for the file's text. */
  readonly request: number;
  /** undefined: the answer has not come yet. */
  readonly source: string | undefined;
  /** Which of them is scrolled. */
  readonly side: PolicySide;
  /** Lines of each that are scrolled off. */
  readonly tops: Readonly<Record<PolicySide, number>>;
};

export const openPolicyView = (
  policyId: number,
  name: string,
  request: number,
): PolicyViewState => ({
  policyId,
  name,
  request,
  source: undefined,
  side: 'text',
  tops: { text: 0, plan: 0 },
});

export const otherSide = (view: PolicyViewState): PolicyViewState => ({
  ...view,
  side: view.side === 'text' ? 'plan' : 'text',
});

/** @param last highest top of the side that is scrolled */
export const scrollSide = (view: PolicyViewState, move: Move, last: number): PolicyViewState => ({
  ...view,
  tops: { ...view.tops, [view.side]: moveIn(Math.min(view.tops[view.side], last), last + 1, move) },
});
