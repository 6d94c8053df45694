// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of policies look like those of templates
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fillPolicies } from '../../../src/policies/fill.ts';
import type { PolicyDeed, TracingPolicy } from '../../../src/policies/model.ts';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { breaches, followedChildren } from './tetragonLimits.ts';

const LIBRARY = 'src/policies/library/';

/** Entries of Tetragon's policy library, and ours that tell the same. */
const TETRAGON = {
  'Binary execution in /tmp': 'exec-in-tmp',
  'sudo invocations': 'sudo-invocations',
  'SUID and SGID execution': 'setuid-programs',
  'File capability execution': 'file-capability-programs',
  'setuid to root': 'setuid-root',
  'Unprivileged user namespaces': 'unprivileged-user-namespaces',
  'Capability changes': 'capability-changes',
  'Fileless execution': 'exec-fileless',
  'Deleted binary execution': 'exec-deleted',
  'eBPF activity': 'ebpf-use',
  'Kernel modules': 'kernel-module-load',
  'Shared library loading': 'shared-library-loads',
  'SSH daemon network': 'ssh-network',
  'Outbound connections': 'egress-connections',
};

const files = readdirSync(LIBRARY).toSorted();

const read = (file: string) => {
  const source = readFileSync(LIBRARY + file, 'utf8');
  return { source, ...parsePolicies(source, file) };
};

function policyOf(file: string): TracingPolicy {
  const { policies, errors } = read(file);
  const [policy] = policies ?? [];
  if (!policy) throw new Error(errors?.map(formatPolicyError).join('\n') ?? `${file} is empty`);
  return policy;
}

/** Names of deeds, and how many arguments each takes: `FILE [TEXT]` one or two. */
function deedsOfAct(): Map<string, { least: number; most: number }> {
  const lines = execFileSync('build/act', ['list'], { encoding: 'utf8' }).trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', form = ''] = line.split('\t');
      const words = form.split(' ').filter((word) => word !== '');
      const optional = words.filter((word) => word.startsWith('[')).length;
      return [name, { least: words.length - optional, most: words.length }];
    }),
  );
}

/** What a policy does in the kernel: its hooks without places in the file and without words for people. */
const effectOf = ({ hooks, lists, loader }: TracingPolicy): string =>
  JSON.stringify({ hooks, lists, loader }, (key, value: unknown) => {
    if (['position', 'field', 'message', 'label', 'tags', 'callNotFoundIgnored'].includes(key))
      return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });

test('holds at least 40 policies, with those of Tetragon’s library', () => {
  expect(files.length).toBeGreaterThanOrEqual(40);
  expect(files).toEqual(
    expect.arrayContaining(Object.values(TETRAGON).map((name) => `${name}.yaml`)),
  );
});

test('no two policies have the same hooks and selectors', () => {
  const byEffect = Map.groupBy(files, (file) => effectOf(policyOf(file)));
  expect([...byEffect.values()].filter((same) => same.length > 1)).toEqual([]);
});

test('no two policies have the same title', () => {
  const titles = files.map((file) => policyOf(file).about.title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('all of them can be loaded into Tetragon together', () => {
  const followed = files.reduce((sum, file) => sum + followedChildren(policyOf(file)), 0);
  expect(followed).toBeLessThanOrEqual(64);
});

describe.each(files)('%s', (file) => {
  test('is one policy, without errors and warnings, named as its file', () => {
    const { policies, errors, warnings } = read(file);
    expect(errors?.map(formatPolicyError) ?? []).toEqual([]);
    expect(warnings?.map(formatPolicyError) ?? []).toEqual([]);
    expect(policies?.map(({ name }) => `${name}.yaml`)).toEqual([file]);
    expect(file).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*\.yaml$/);
  });

  test('says what an operator wants to know', () => {
    const { about, hooks } = policyOf(file);
    const { title, why, severity, mitre, noise, arming } = about;
    for (const text of [title, why, noise, arming]) expect(text ?? '').toMatch(/\S/);
    expect(title?.length).toBeLessThanOrEqual(60);
    expect(severity).toBeDefined();
    expect(mitre.length).toBeGreaterThan(0);
    expect(new Set(mitre).size).toBe(mitre.length);
    expect(hooks.filter(({ message }) => (message?.length ?? 0) < 2)).toEqual([]);
  });

  test('keeps to the limits of Tetragon, which are narrower than ours', () => {
    const { text, errors } = fillPolicies(read(file).source, file);
    expect(errors?.map(formatPolicyError) ?? []).toEqual([]);
    expect(text).not.toContain('${');
    expect(breaches(policyOf(file), text ?? '')).toEqual([]);
  });

  test('declares the parameters that it uses, and uses those that it declares', () => {
    const { source } = read(file);
    const { parameters } = policyOf(file);
    const used = new Set([...source.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    expect(parameters.map(({ name }) => name).toSorted()).toEqual([...used].toSorted());
    for (const { help, standard } of parameters) {
      expect(help).not.toBe('');
      expect(standard).not.toBe('');
    }
  });

  test('has a trigger and another near miss, of deeds that there are', () => {
    const { trigger, nearMiss } = policyOf(file).about;
    const known = deedsOfAct();
    const isKnown = ([name = '', ...words]: PolicyDeed) => {
      const form = known.get(name);
      return form !== undefined && words.length >= form.least && words.length <= form.most;
    };
    expect([...trigger, ...nearMiss].filter((deed) => !isKnown(deed))).toEqual([]);
    expect(trigger).not.toEqual([]);
    expect(nearMiss).not.toEqual([]);
    expect(nearMiss).not.toEqual(trigger);
  });
});
