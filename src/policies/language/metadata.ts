/** A policy's metadata: the part of Kubernetes' ObjectMeta that matters on a host. */

import type { PolicyAbout } from '../model.ts';
import { isNull } from '../yaml.ts';
import { readAbout } from './about.ts';
import {
  type Fields,
  type Place,
  readEntries,
  readFields,
  readOptionalText,
  readRequiredText,
  readText,
  report,
  warn,
} from './reader.ts';

/** What Kubernetes writes into objects that it has stored; read over. */
const SERVER_FIELDS = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

export type Metadata = {
  name: string;
  namespace: string | undefined;
  about: PolicyAbout;
};

/** Undefined when there is no usable name. */
export function readMetadata(place: Place, isNamespaced: boolean): Metadata | undefined {
  const fields = readFields(place, [
    'name',
    'namespace',
    'labels',
    'annotations',
    ...SERVER_FIELDS,
  ]);
  const name = readName(place, fields);
  readLabels(fields.get('labels'));
  const about = readAbout(readLabels(fields.get('annotations')));
  const namespace = readNamespace(fields, isNamespaced);
  return name === undefined ? undefined : { name, namespace, about };
}

/** What Kubernetes allows as a name (RFC 1123, subdomain): operators type it to arm the policy, and it is shown everywhere. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function readName(metadata: Place, fields: Fields): string | undefined {
  const name = readRequiredText(metadata, fields, 'name');
  const place = fields.get('name');
  if (place && name && !NAME.test(name))
    report(
      place,
      'may hold lower-case letters, digits, "-" and "." only, with no sign at its ends, and 253 of them at most',
    );
  return name;
}

/** A namespaced policy without a namespace goes to `default`, as kubectl does it. */
function readNamespace(fields: Fields, isNamespaced: boolean): string | undefined {
  const place = fields.get('namespace');
  const namespace = readOptionalText(place);
  if (place && namespace !== undefined && !NAMESPACE.test(namespace))
    report(
      place,
      'may hold lower-case letters, digits and "-" only, with no sign at its ends, and 63 of them at most',
    );
  if (isNamespaced) return namespace ?? 'default';
  if (place && namespace !== undefined)
    warn(
      place,
      'has no effect: a TracingPolicy is for the whole host; TracingPolicyNamespaced has a namespace',
    );
  return undefined;
}

/** Those that have a value; all are checked to be texts. */
function readLabels(place: Place | undefined): [string, Place][] {
  return readEntries(place, 'texts').filter(
    ([, value]) => !isNull(value.node) && readText(value) !== undefined,
  );
}
