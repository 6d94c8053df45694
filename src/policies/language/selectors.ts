/** The selectors of a hook. */
import { tg_limit } from '../../generated/layouts.ts';
import type { Action, HookArgument, Selector, ValueList } from '../model.ts';
import type { ActionContext } from './actionParameters.ts';
import { readAction } from './actions.ts';
import { type Budget, type FilterSection, readArgumentFilter } from './argumentFilters.ts';
import { type Macros, mergeMacros, SELECTOR_FIELDS } from './macros.ts';
import {
  readBinaryFilter,
  readCapabilityFilter,
  readNamespaceChangeFilter,
  readNamespaceFilter,
  readPidFilter,
} from './processFilters.ts';
import {
  type Fields,
  type Place,
  readFields,
  readItems,
  readLimited,
  readOptionalText,
  report,
} from './reader.ts';
import { readMatchWorkloads } from './workloads.ts';

/** Tetragon allows 5 selectors; more of them are our extension. */
const MAX_SELECTORS = tg_limit.TG_SELECTORS_PER_HOOK;
const MAX_FILTERS = tg_limit.TG_FILTERS_PER_SELECTOR;
const MAX_ARGUMENT_FILTERS = 5;
const MAX_NAMESPACES = 10;
const MAX_ACTIONS = 3;

export type SelectorContext = ActionContext & {
  data: readonly HookArgument[];
  returnArg: HookArgument | undefined;
  /** The event waits for the return. */
  returns: boolean;
  lists: readonly ValueList[];
  macros: Macros;
  budget: Budget;
};

export function readSelectors(fields: Fields, context: SelectorContext): Selector[] {
  const selectors = readLimited(fields.get('selectors'), MAX_SELECTORS, 'selectors');
  return selectors.map((place) => readSelector(place, context));
}

function readSelector(place: Place, context: SelectorContext): Selector {
  const own = readFields(place, SELECTOR_FIELDS);
  const fields = mergeMacros(own, context.macros);
  checkSections(fields, context);
  const workloads = fields.get('matchWorkloads');
  const selector: Selector = {
    label: readOptionalText(fields.get('label')),
    ...readProcessFilters(fields),
    ...readArgumentFilters(fields, context),
    matchWorkloads: workloads && readMatchWorkloads(workloads),
    actions: readActions(fields.get('matchActions'), context),
    returnActions: readActions(fields.get('matchReturnActions'), context),
    field: place.field,
    position: place.node.position,
  };
  const count = countFilters(selector);
  if (count > MAX_FILTERS)
    report(
      place,
      `${count} filters are too many; at most ${MAX_FILTERS} are allowed in a selector`,
    );
  return selector;
}

/** The filters whose meaning doesn't depend on the hook. */
export function readProcessFilters(
  fields: Fields,
): Pick<
  Selector,
  | 'matchPIDs'
  | 'matchNamespaces'
  | 'matchNamespaceChanges'
  | 'matchCapabilities'
  | 'matchCapabilityChanges'
  | 'matchBinaries'
  | 'matchParentBinaries'
> {
  const all = <T>(name: string, most: number, read: (place: Place) => T): T[] =>
    readLimited(fields.get(name), most, most === 1 ? 'entry' : 'entries').map(read);
  return {
    matchPIDs: all('matchPIDs', MAX_FILTERS, readPidFilter),
    matchNamespaces: all('matchNamespaces', MAX_NAMESPACES, readNamespaceFilter),
    matchNamespaceChanges: all('matchNamespaceChanges', 1, readNamespaceChangeFilter)[0],
    matchCapabilities: all('matchCapabilities', MAX_FILTERS, readCapabilityFilter),
    matchCapabilityChanges: all('matchCapabilityChanges', MAX_FILTERS, readCapabilityFilter),
    matchBinaries: all('matchBinaries', 1, readBinaryFilter)[0],
    matchParentBinaries: all('matchParentBinaries', 1, readBinaryFilter)[0],
  };
}

function readArgumentFilters(
  fields: Fields,
  context: SelectorContext,
): Pick<Selector, 'matchArgs' | 'matchData' | 'matchReturnArgs'> {
  const { args, data, returnArg, lists, budget, kind } = context;
  const candidates = {
    matchArgs: args,
    matchData: data,
    matchReturnArgs: returnArg ? [returnArg] : [],
  };
  const all = (section: FilterSection, taken: number) =>
    readLimited(fields.get(section), MAX_ARGUMENT_FILTERS, 'filters', taken).flatMap((place) =>
      readArgumentFilter(place, {
        section,
        candidates: candidates[section],
        positionsAllowed: kind === 'tracepoint',
        lists,
        budget,
      }),
    );
  const besides = readItems(fields.get('matchArgs')).length;
  return {
    matchArgs: all('matchArgs', 0),
    matchData: all('matchData', Math.min(besides, MAX_ARGUMENT_FILTERS)),
    matchReturnArgs: all('matchReturnArgs', 0),
  };
}

function readActions(place: Place | undefined, context: ActionContext): Action[] {
  return readLimited(place, MAX_ACTIONS, 'actions').flatMap((each) => readAction(each, context));
}

/** Sections that this hook can't have. */
function checkSections(fields: Fields, { kind, returns }: SelectorContext): void {
  const data = fields.get('matchData');
  if (data && kind !== 'kprobe' && kind !== 'fentry' && kind !== 'uprobe')
    report(data, 'only kprobes, fentries and uprobes have "data"; use matchArgs');
  for (const name of ['matchReturnArgs', 'matchReturnActions']) {
    const place = fields.get(name);
    if (!place) continue;
    if (kind === 'lsm' || kind === 'tracepoint' || kind === 'usdt')
      report(place, `only kprobes, fentries and uprobes return something`);
    else if (!returns)
      report(place, 'needs "return: true" in the hook: else the return is not waited for');
  }
}

const countFilters = (selector: Selector): number =>
  selector.matchPIDs.length +
  selector.matchNamespaces.length +
  selector.matchCapabilities.length +
  selector.matchCapabilityChanges.length +
  selector.matchArgs.length +
  selector.matchData.length +
  [
    selector.matchNamespaceChanges,
    selector.matchBinaries,
    selector.matchParentBinaries,
    selector.matchWorkloads,
  ].filter((each) => each !== undefined).length;
