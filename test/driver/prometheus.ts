/** Reads Prometheus' text format 0.0.4 as strictly as it is specified: whatever is not so is an error. */

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Exposition = {
  /** The type of each metric. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The value of the one sample with this name and these labels, and perhaps others. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
};

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (?:[^\\\\]|\\\\\\\\|\\\\n)*$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([^ ]+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  /** Samples of one metric stand together. */
  let current = '';
  const closed = new Set<string>();

  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, help] = HELP.exec(line) ?? [];
      const [, typed, type = ''] = TYPE.exec(line) ?? [];
      if (help !== undefined) {
        if (helped.has(help)) throw new Error(`two helps of ${help}`);
        helped.add(help);
      } else if (typed !== undefined) {
        if (types.has(typed)) throw new Error(`two types of ${typed}`);
        if (closed.has(typed)) throw new Error(`${typed}: its type comes after its samples`);
        types.set(typed, type);
      } else throw new Error(`not a comment of the format: ${line}`);
      continue;
    }
    const sample = readSample(line);
    const family = familyOf(sample.name, types);
    if (family === undefined) throw new Error(`${sample.name} has no type`);
    if (!helped.has(family)) throw new Error(`${family} has no help`);
    if (family !== current) {
      if (closed.has(family)) throw new Error(`samples of ${family} stand apart`);
      closed.add(family);
      current = family;
    }
    const key = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  return {
    types,
    samples,
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      const [only] = found;
      if (!only || found.length > 1)
        throw new Error(`${found.length} samples are ${name}${JSON.stringify(labels)}`);
      return only.value;
    },
  };
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string | undefined {
  if (types.has(name)) return name;
  const [, base = ''] = /^(.*)_(?:bucket|sum|count)$/.exec(name) ?? [];
  return types.get(base) === 'histogram' ? base : undefined;
}

function readSample(line: string): Sample {
  const [, name, labelText = '', number = ''] = SAMPLE.exec(line) ?? [];
  if (name === undefined || !NUMBER.test(number)) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== ''; ) {
    const [all = '', label, value = ''] = LABEL.exec(rest) ?? [];
    if (label === undefined) throw new Error(`not a label: ${rest}`);
    if (label in labels) throw new Error(`${label} twice: ${line}`);
    labels[label] = value.replace(/\\(["\\n])/g, (_, character: string) =>
      character === 'n' ? '\n' : character,
    );
    rest = rest.slice(all.length);
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}
