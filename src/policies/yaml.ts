import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';

/** Where a node begins; line and column count from 1. */
export type Position = { line: number; column: number };

/** A YAML node that still knows where it stands, so that every error of a policy can name its place. */
export type YamlNode =
  | YamlScalar
  | { kind: 'sequence'; items: YamlNode[]; position: Position }
  | { kind: 'mapping'; entries: YamlEntry[]; position: Position };

export type YamlScalar = {
  kind: 'scalar';
  value: string;
  plain: boolean;
  position: Position;
  written: WrittenScalar;
};

/** Where the text of a scalar stands in the file: offsets, without the quotes that are around it. */
export type WrittenScalar = { start: number; end: number; style: 'plain' | 'quoted' | 'block' };

export type YamlEntry = {
  key: string;
  keyPosition: Position;
  /** Where the key stands in the file. */
  keyOffset: number;
  value: YamlNode;
};

/** A file that isn't YAML at all. */
export class YamlSyntaxError extends Error {
  readonly position: Position;

  constructor(reason: string, position: Position) {
    super(reason);
    this.position = position;
  }
}

/**
 * Reads all documents of a YAML text. Aliases are resolved, merge keys (`<<`) folded in; empty documents are left out.
 *
 * @throws YamlSyntaxError with the place of the mistake.
 */
export function readYaml(source: string): YamlNode[] {
  const locate = lineFinder(source);
  let events: Event[];
  try {
    events = parseEvents(source, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlSyntaxError(error.reason, locate(error.mark?.position ?? 0));
  }
  return new TreeBuilder(source, events, locate).documents();
}

function lineFinder(source: string): (offset: number) => Position {
  const starts = [0];
  for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Nodes that aliases may copy: a file of a few lines must not unfold into millions ("billion laughs"). */
const MAX_NODES = 100_000;

/** Turns js-yaml's flat event list into a tree. */
class TreeBuilder {
  private readonly source: string;
  private readonly events: Event[];
  private readonly locate: (offset: number) => Position;
  private readonly anchors = new Map<string, YamlNode>();
  private next = 0;
  private nodes = 0;

  constructor(source: string, events: Event[], locate: (offset: number) => Position) {
    this.source = source;
    this.events = events;
    this.locate = locate;
  }

  documents(): YamlNode[] {
    const result: YamlNode[] = [];
    while (this.next < this.events.length) {
      const event = this.events[this.next++];
      if (event?.type !== EVENT_ID.DOCUMENT) continue;
      this.anchors.clear();
      if (this.events[this.next]?.type === EVENT_ID.POP) {
        this.next++;
        continue;
      }
      const node = this.node();
      if (!isNull(node)) result.push(node);
    }
    return result;
  }

  private node(): YamlNode {
    const event = this.events[this.next++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.anchored(event, this.scalar(event));
      case EVENT_ID.SEQUENCE: {
        const items: YamlNode[] = [];
        const node: YamlNode = { kind: 'sequence', items, position: this.locate(event.start) };
        while (this.events[this.next]?.type !== EVENT_ID.POP) items.push(this.node());
        this.next++;
        return this.anchored(event, node);
      }
      case EVENT_ID.MAPPING: {
        const position = this.locate(event.start);
        const entries: YamlEntry[] = [];
        const keys = new Set<string>();
        const merged: YamlNode[] = [];
        while (this.events[this.next]?.type !== EVENT_ID.POP) this.entry(entries, keys, merged);
        this.next++;
        // Last, because a mapping's own keys win, wherever the merge key stands.
        for (const value of merged) this.merge(entries, keys, value);
        return this.anchored(event, { kind: 'mapping', entries, position });
      }
      case EVENT_ID.ALIAS:
        return this.alias(event);
      default:
        throw new YamlSyntaxError('the document ends too early', this.locate(this.source.length));
    }
  }

  private scalar(event: ScalarEvent): YamlNode {
    return {
      kind: 'scalar',
      value: getScalarValue(this.source, event),
      plain: event.style === SCALAR_STYLE.PLAIN,
      position: this.locate(Math.max(event.valueStart, 0)),
      written: { start: event.valueStart, end: event.valueEnd, style: styleOf(event) },
    };
  }

  private entry(entries: YamlEntry[], keys: Set<string>, merged: YamlNode[]): void {
    const key = this.node();
    if (key.kind !== 'scalar')
      throw new YamlSyntaxError('a key must be a plain text', key.position);
    const value = this.node();
    if (key.value === '<<' && key.plain) {
      merged.push(value);
      return;
    }
    if (keys.has(key.value))
      throw new YamlSyntaxError(`key "${key.value}" stands here twice`, key.position);
    keys.add(key.value);
    entries.push({
      key: key.value,
      keyPosition: key.position,
      keyOffset: key.written.start,
      value,
    });
  }

  private merge(entries: YamlEntry[], keys: Set<string>, value: YamlNode): void {
    const sources = value.kind === 'sequence' ? value.items : [value];
    for (const source of sources) {
      if (source.kind !== 'mapping')
        throw new YamlSyntaxError('a merge key takes a mapping', source.position);
      for (const entry of source.entries) {
        if (keys.has(entry.key)) continue;
        keys.add(entry.key);
        entries.push(entry);
      }
    }
  }

  private anchored(event: { anchorStart: number; anchorEnd: number }, node: YamlNode): YamlNode {
    if (event.anchorStart >= 0 && event.anchorEnd > event.anchorStart)
      this.anchors.set(this.source.slice(event.anchorStart, event.anchorEnd), node);
    this.count(1, node.position);
    return node;
  }

  private alias(event: AliasEvent): YamlNode {
    const name = this.source.slice(event.anchorStart, event.anchorEnd);
    const position = this.locate(event.anchorStart);
    const node = this.anchors.get(name);
    if (!node) throw new YamlSyntaxError(`no anchor "${name}" before this alias`, position);
    this.count(size(node), position);
    return node;
  }

  private count(nodes: number, position: Position): void {
    this.nodes += nodes;
    if (this.nodes > MAX_NODES)
      throw new YamlSyntaxError(`more than ${MAX_NODES} nodes, aliases included`, position);
  }
}

function styleOf({ style }: ScalarEvent): WrittenScalar['style'] {
  if (style === SCALAR_STYLE.PLAIN) return 'plain';
  const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? 'quoted' : 'block';
}

function size(node: YamlNode): number {
  if (node.kind === 'sequence') return node.items.reduce((sum, item) => sum + size(item), 1);
  if (node.kind === 'mapping')
    return node.entries.reduce((sum, entry) => sum + size(entry.value), 1);
  return 1;
}

/** Whether a node is YAML's null: empty, `~` or `null`, unquoted (YAML 1.2 core schema). */
export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.plain && /^(~|null|Null|NULL|)$/.test(node.value);
}
