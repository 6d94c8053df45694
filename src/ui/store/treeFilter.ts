import type { TreeProcess } from '../../agent/messages.ts';
import type { FilterSubject } from '../../events/filter/language.ts';
import type { TreeField } from './filterFields.ts';

type Options = {
  userName(uid: number): string;
  find(key: string): TreeProcess | undefined;
};

/** A process of the tree as a filter sees it. */
export function treeSubject(process: TreeProcess, options: Options): FilterSubject<TreeField> {
  const parent = () => (process.parent === undefined ? undefined : options.find(process.parent));
  return {
    field(name) {
      switch (name) {
        case 'args':
          return process.arguments;
        case 'parent':
          return parent()?.binary ?? '';
        case 'ppid':
          return String(parent()?.pid ?? '');
        case 'user':
          return process.user ?? options.userName(process.uid);
        case 'state':
          return process.endedAt === undefined ? 'running' : 'ended';
        case 'ending':
          return process.ending ?? '';
        case 'binary':
        case 'container':
          return process[name];
        default:
          return String(process[name]);
      }
    },
    text() {
      const { pid, user, binary, arguments: words, container } = process;
      const name = user ?? options.userName(process.uid);
      return [pid, name, container, binary, words].join(' ');
    },
  };
}
