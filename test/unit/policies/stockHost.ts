import { readFileSync } from 'node:fs';
import type { FunctionPrototype, HostAbilities } from '../../../src/policies/plan.ts';
import { HARDENED } from './planHost.ts';

/**
 * Hosts with Debian's kernels 6.1.0-56 and 6.12.117+deb12, with LSM programs switched on. stock/*.txt has the functions of these
 * kernels that the corpus, the library, the equivalents and the table of refusals name, as their BTF describes them.
 */
function functionsOf(version: string): ReadonlyMap<string, FunctionPrototype> {
  const text = readFileSync(new URL(`stock/linux-${version}.txt`, import.meta.url), 'utf8');
  return new Map(text.trimEnd().split('\n').map(parse));
}

/** `struct sock *sk_alloc(struct net *net, int family)` */
function parse(line: string): [string, FunctionPrototype] {
  const [, returns = '', name = '', list = ''] = /^(.*?)(\w+)\((.*)\)$/.exec(line) ?? [];
  const parameters = list === '' ? [] : list.split(', ').map(parseParameter);
  return [name, { returns: returns.trim(), parameters }];
}

function parseParameter(text: string): FunctionPrototype['parameters'][number] {
  const [, type = '', name = ''] = /^(.*?)(\w*)$/.exec(text) ?? [];
  return { type: type.trim(), name };
}

function stock(
  version: string,
  kernel: HostAbilities['kernel'],
  hasFprobe: boolean,
): HostAbilities {
  const functions = functionsOf(version);
  return {
    ...HARDENED,
    kernel,
    kprobes: true,
    kprobeMulti: hasFprobe,
    uprobeMulti: hasFprobe,
    fentry: true,
    fmodRet: true,
    fmodRetSyscalls: false,
    lsm: true,
    kprobeOverride: false,
    writeUser: true,
    reasons: {
      kprobeOverride: 'CONFIG_BPF_KPROBE_OVERRIDE is not set',
      fmodRetSyscalls: 'CONFIG_FUNCTION_ERROR_INJECTION is not set',
    },
    hasFunction: (name) => functions.has(name),
    tracedFunctions: (pattern) => [...functions.keys()].filter((name) => pattern.test(name)),
    isTraced: (name) => functions.has(name),
    functionPrototype: (name) => functions.get(name),
  };
}

export const DEBIAN_6_1 = stock('6.1', [6, 1], false);
export const DEBIAN_6_12 = stock('6.12', [6, 12], true);
