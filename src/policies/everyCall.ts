import type { Hook, Selector } from './model.ts';

/** The selector that a hook without selectors means: it filters nothing, and only tells. */
export const everyCall = ({ field, position }: Pick<Hook, 'field' | 'position'>): Selector => ({
  label: undefined,
  matchPIDs: [],
  matchNamespaces: [],
  matchNamespaceChanges: undefined,
  matchCapabilities: [],
  matchCapabilityChanges: [],
  matchBinaries: undefined,
  matchParentBinaries: undefined,
  matchArgs: [],
  matchData: [],
  matchReturnArgs: [],
  matchWorkloads: undefined,
  actions: [],
  returnActions: [],
  field,
  position,
});
