/** What is in the package: as CycloneDX 1.6 (the bill of materials that scanners read), and the licences as text. The same input gives the same text. */
import { sha256 } from './places.mjs';

const licenceOf = (licence) =>
  /[ ()]/.test(licence) ? { expression: licence } : { license: { id: licence } };

function componentOf({ name, version, licence, purl, hash, parts }) {
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    ...(licence === 'NOASSERTION' ? {} : { licenses: [licenceOf(licence)] }),
    purl,
    ...(hash === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: hash }] }),
    ...(parts === undefined
      ? {}
      : {
          components: parts.map((part) => ({
            type: 'library',
            'bom-ref': `${purl}#${part.name}`,
            name: part.name,
            version: part.version,
          })),
        }),
  };
}

/** A UUID out of a hash (RFC 9562, version 8). */
function uuidOf(hex) {
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * @param own { name, version, commit } of Trigon
 * @param components of components.mjs
 * @param files [{ name, hash }]: SHA-256 of our own binary parts
 * @param seconds the time that it bears
 */
export function sbom(own, components, files, seconds) {
  const purl = `pkg:generic/${own.name}@${own.version}`;
  const listed = components.map(componentOf);
  const root = {
    type: 'application',
    'bom-ref': purl,
    name: own.name,
    version: own.version,
    purl,
    licenses: [licenceOf('Apache-2.0')],
    properties: [{ name: 'trigon:commit', value: own.commit }],
    components: files.map(({ name, hash }) => ({
      type: 'file',
      'bom-ref': `${purl}#${name}`,
      name,
      hashes: [{ alg: 'SHA-256', content: hash }],
    })),
  };
  const dependencies = [{ ref: purl, dependsOn: listed.map((component) => component['bom-ref']) }];
  const content = { component: root, components: listed, dependencies };
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuidOf(sha256(JSON.stringify(content)))}`,
      version: 1,
      metadata: { timestamp: new Date(seconds * 1000).toISOString(), component: root },
      components: listed,
      dependencies,
    },
    null,
    2,
  )}\n`;
}

const LINE = '='.repeat(78);

/** Each text once, under the names of all that it holds for. */
export function licences(components) {
  const byText = new Map();
  for (const { name, version, licence, texts } of components)
    for (const { text } of texts.length > 0 ? texts : [{ text: `Licence: ${licence}\n` }]) {
      const names = byText.get(text) ?? [];
      byText.set(text, [...names, `${name} ${version} (${licence})`]);
    }
  const head =
    'Trigon holds parts of others. Whose, and under which terms (Trigon itself: Apache-2.0, its eBPF programs GPL-2.0-only or BSD-2-Clause):\n';
  const parts = [...byText].map(
    ([text, names]) => `${LINE}\n${names.join('\n')}\n${LINE}\n\n${text.trim()}\n`,
  );
  return `${head}\n${parts.join('\n')}`;
}
