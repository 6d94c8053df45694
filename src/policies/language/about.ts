/** Our annotations: what a policy of the library says of itself, beyond what Tetragon reads. docs/policies.md lists them. */
import { type PolicyAbout, type PolicyDeed, SEVERITIES } from '../model.ts';
import { type Place, readText, report, warn } from './reader.ts';

const PREFIX = 'trigon/';

/** Names after `trigon/`. */
const ANNOTATIONS = [
  'title',
  'why',
  'severity',
  'mitre',
  'noise',
  'arming',
  'parameters',
  'trigger',
  'near-miss',
] as const;
type Annotation = (typeof ANNOTATIONS)[number];

/** A MITRE ATT&CK technique or sub-technique. */
const TECHNIQUE = /^T\d{4}(?:\.\d{3})?$/;

/** @param entries of metadata.annotations */
export function readAbout(entries: readonly (readonly [string, Place])[]): PolicyAbout {
  const places = new Map<Annotation, Place>();
  for (const [key, place] of entries) {
    if (!key.startsWith(PREFIX)) continue;
    const name = ANNOTATIONS.find((known) => known === key.slice(PREFIX.length));
    if (name) places.set(name, place);
    else warn(place, `is not known; annotations of ours are ${PREFIX}${ANNOTATIONS.join(', ')}`);
  }
  const text = (name: Annotation) => readText(places.get(name))?.trim() || undefined;
  return {
    title: text('title'),
    why: text('why'),
    severity: readSeverity(places.get('severity')),
    mitre: readTechniques(places.get('mitre')),
    noise: text('noise'),
    arming: text('arming'),
    trigger: readDeeds(places.get('trigger')),
    nearMiss: readDeeds(places.get('near-miss')),
  };
}

function readSeverity(place: Place | undefined): PolicyAbout['severity'] {
  const text = readText(place);
  const severity = SEVERITIES.find((known) => known === text);
  if (place && text !== undefined && !severity)
    report(place, `must be one of ${SEVERITIES.join(', ')}, not "${text}"`);
  return severity;
}

function readTechniques(place: Place | undefined): string[] {
  const ids = (readText(place) ?? '').split(/[\s,]+/).filter((id) => id !== '');
  const wrong = ids.find((id) => !TECHNIQUE.test(id));
  if (place && wrong !== undefined)
    report(place, `"${wrong}" is no MITRE ATT&CK technique such as T1053 or T1053.003`);
  return ids;
}

/** One deed a line: words parted by blanks, quoted with "…" where they hold some; `#` begins a comment. */
export function readDeeds(place: Place | undefined): PolicyDeed[] {
  const lines = (readText(place) ?? '').split('\n').map((line) => line.trim());
  return lines.flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const words = [...line.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    if (place && (line.match(/"/g)?.length ?? 0) % 2 === 1)
      report(place, `the line has an unclosed quote: ${line}`);
    return [words];
  });
}
