import type { View } from './commands.ts';
import type { SettingsBook } from './settings.ts';

/** A column that the operator may hide. What a row is about (binary, target, process …) is not among them. */
export type ColumnChoice = {
  readonly id: string;
  /** As above the column. */
  readonly title: string;
  /** What stands in it, in a few words. */
  readonly about: string;
};

/** Not shown until somebody wants them. */
const OFF_AT_FIRST: Readonly<Partial<Record<View, readonly string[]>>> = {
  stream: ['date', 'pid'],
  tree: ['started', 'kills'],
  binaries: ['events', 'firstSeen'],
};

export const columnsOffAtFirst = (view: View): readonly string[] => OFF_AT_FIRST[view] ?? [];

/** Ids of the view's columns that are not shown. */
export const hiddenColumns = (
  settings: Pick<SettingsBook, 'get'>,
  view: View,
): ReadonlySet<string> => new Set(settings.get().hiddenColumns[view] ?? columnsOffAtFirst(view));

export function toggleColumn(settings: SettingsBook, view: View, id: string): void {
  const hidden = new Set(hiddenColumns(settings, view));
  if (!hidden.delete(id)) hidden.add(id);
  settings.change({ hiddenColumns: { ...settings.get().hiddenColumns, [view]: [...hidden] } });
}

/** As they are at first. */
export function resetColumns(settings: SettingsBook, view: View): void {
  const { [view]: _, ...others } = settings.get().hiddenColumns;
  settings.change({ hiddenColumns: others });
}
