import type { TreeProcess } from '../../agent/messages.ts';
import type { FilterSubject } from '../../events/filter/language.ts';
import { activeFilter } from '../store/activeFilter.ts';
import { TREE_FIELDS, type TreeField } from '../store/filterFields.ts';
import { treeSubject } from '../store/treeFilter.ts';
import type { TreeModel } from '../store/treeModel.ts';
import type { FilterLanguage } from './pane.ts';

/** The filter of the tree. */
export type TreeNarrowing = {
  readonly text: string;
  /** '' takes it away; so does a text that is no filter. */
  set(text: string): void;
  subject(process: TreeProcess): FilterSubject<TreeField>;
  readonly language: FilterLanguage;
};

export function createTreeNarrowing(
  tree: TreeModel,
  userNames: () => ReadonlyMap<number, string>,
): TreeNarrowing {
  let text = '';
  const options = {
    find: tree.find,
    userName: (uid: number) => userNames().get(uid) ?? String(uid),
  };
  const subject = (process: TreeProcess) => treeSubject(process, options);
  return {
    get text() {
      return text;
    },
    set(wanted) {
      const { text: kept, passes } = activeFilter(wanted, TREE_FIELDS);
      text = kept;
      tree.narrow(passes && ((process) => passes(subject(process))));
    },
    subject,
    language: {
      fields: TREE_FIELDS,
      *subjects() {
        for (const process of tree.processes()) yield subject(process);
      },
    },
  };
}
