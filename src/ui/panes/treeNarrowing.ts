import type { TreeProcess } from '../../agent/messages.ts';
import type { FilterSubject } from '../../events/filter/language.ts';
import { parseFilter } from '../../events/filter/parse.ts';
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
      const { filter } = parseFilter(wanted, TREE_FIELDS);
      const isSet = filter !== undefined && wanted.trim() !== '';
      text = isSet ? wanted : '';
      tree.narrow(isSet ? (process) => filter(subject(process)) : undefined);
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
