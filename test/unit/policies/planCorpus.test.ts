import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import type { ResolvedField } from '../../../src/policies/plan.ts';
import { planPolicy } from '../../../src/policies/planPolicy.ts';
import { corpusPath, corpusPolicies, describeCorpus } from '../../driver/corpus.ts';
import { HARDENED, on } from './planHost.ts';
import { DEBIAN_6_1, DEBIAN_6_12 } from './stockHost.ts';

/** Tetragon's own examples, where they are at hand. */
const corpus = corpusPath('tetragon-examples');

/** Files that a hardened host refuses, and why. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'tracingpolicy/hardlink-override.yaml': /linkat can't be refused here/,
  'tracingpolicy/symlink-override.yaml': /symlinkat can't be refused here/,
  'tracingpolicy/override-security.yaml': /security_inode_mkdir can't be refused here/,
  'tracingpolicy/modules-nohost.yaml': /security_kernel_read_file can't be refused here/,
  'tracingpolicy/lsm_bprm_check.yaml': /bprm_check_security can't be refused here/,
  'tracingpolicy/cves/cve-2023-2640-overlayfs-ubuntu.yaml':
    /no tracepoint tells of copies inside overlayfs/,
  'tracingpolicy/security_inode_follow_link.yaml': /no tracepoint tells of links followed/,
  'tracingpolicy/uprobe-host.yaml': /there is no file \/procRoot/,
  'tracingpolicy/usdt.yaml': /there is no file \/home\/jolsa/,
  'tracingpolicy/usdt-set.yaml': /Set writes into the memory of another program/,
};
/** Refused by Tetragon as well. */
const MISTAKEN = 'tracingpolicy/list-syscalls-tracepoint.yaml';

/** Hooks that are missing in a policy of which others run. */
const MISSING: Readonly<Record<string, string[]>> = {
  'policylibrary/bpf.yaml': ['security_bpf_map_alloc'],
  'tracingpolicy/bpf.yaml': ['security_bpf_map_alloc'],
  'policylibrary/modules.yaml': ['security_kernel_module_request'],
  'policylibrary/sshd.yaml': ['sk_alloc', 'sk_free', 'tcp_create_openreq_child'],
  'tracingpolicy/tcp-accept.yaml': ['sk_alloc', '__sk_free', 'tcp_create_openreq_child'],
  'tracingpolicy/tcp-listen.yaml': ['sk_alloc', '__sk_free'],
  'tracingpolicy/datagram-with-sock-tracking.yaml': ['sk_alloc', '__sk_free'],
  'tracingpolicy/datagram_518.yaml': ['sk_alloc', '__sk_free'],
  'tracingpolicy/host-changes/monitor-kernel-modules.yaml': [
    'security_kernel_module_request',
    'do_init_module',
    'free_module',
  ],
  'tracingpolicy/host-changes/monitor-signed-kernel-modules.yaml': [
    'security_kernel_module_request',
    'find_module_sections',
  ],
  'tracingpolicy/process-credentials/process-creds-changed.yaml': [
    'override_creds',
    'revert_creds',
  ],
};

const STOCK = [
  ['6.1', DEBIAN_6_1],
  ['6.12', DEBIAN_6_12],
] as const;

/** What stock kernels refuse is not at hand on any host but its author's. */
const STOCK_REFUSED: Readonly<Record<string, RegExp>> = {
  'tracingpolicy/uprobe-host.yaml': /there is no file \/procRoot/,
  'tracingpolicy/usdt.yaml': /there is no file \/home\/jolsa/,
  'tracingpolicy/usdt-set.yaml': /there is no file/,
};

/** Functions of other versions, and one that the compiler has put into its caller. */
const STOCK_MISSING: Readonly<Record<string, Readonly<Record<string, string[]>>>> = {
  'policylibrary/bpf.yaml': {
    '6.1': ['security_bpf_map_create'],
    '6.12': ['security_bpf_map_alloc'],
  },
  'tracingpolicy/bpf.yaml': {
    '6.1': ['security_bpf_map_create'],
    '6.12': ['security_bpf_map_alloc'],
  },
  'tracingpolicy/host-changes/monitor-signed-kernel-modules.yaml': {
    '6.1': ['find_module_sections'],
    '6.12': ['find_module_sections'],
  },
};

const ANY_NUMBER: ResolvedField = {
  steps: [],
  offset: 0,
  size: 8,
  type: 'unsigned long',
  signed: false,
};

const files = corpusPolicies('tetragon-examples').toSorted();

describeCorpus('corpus', () => {
  test.each(files)('%s', (name) => {
    const { policies, errors } = parsePolicies(readFileSync(join(corpus, name), 'utf8'), name, {
      variables: { PODCIDR: '10.0.0.0/8', SERVICECIDR: '10.96.0.0/12' },
    });
    if (name === MISTAKEN) {
      expect(errors?.map(formatPolicyError).join('\n')).toContain('syscall64');
      return;
    }
    expect(errors?.map(formatPolicyError)).toBeUndefined();
    for (const policy of policies ?? []) {
      const { plan, errors: refusals } = planPolicy(policy, HARDENED);
      const refused = refusals?.map(formatPolicyError).join('\n') ?? '';
      const expected = REFUSED[name];
      if (expected) expect(refused).toMatch(expected);
      else expect(refused).toBe('');
      const missing = plan?.hooks.flatMap((hook) => hook.missing.map((each) => each.name)) ?? [];
      expect(missing).toEqual(MISSING[name] ?? []);
    }
  });

  test.each(files)('%s on stock kernels', (name) => {
    const { policies } = parsePolicies(readFileSync(join(corpus, name), 'utf8'), name, {
      variables: { PODCIDR: '10.0.0.0/8', SERVICECIDR: '10.96.0.0/12' },
    });
    for (const policy of policies ?? [])
      for (const [version, host] of STOCK) {
        const { plan, errors } = planPolicy(policy, { ...host, resolveField: () => ANY_NUMBER });
        const refused = errors?.map(formatPolicyError).join('\n') ?? '';
        expect(refused).toMatch(STOCK_REFUSED[name] ?? /^$/);
        const missing = plan?.hooks.flatMap((hook) => hook.missing.map((each) => each.name)) ?? [];
        expect(missing).toEqual(STOCK_MISSING[name]?.[version] ?? []);
      }
  });

  test('a kernel with modules has the hooks on them', () => {
    const name = 'tracingpolicy/host-changes/monitor-kernel-modules.yaml';
    const [policy] = parsePolicies(readFileSync(join(corpus, name), 'utf8'), name).policies ?? [];
    const types: Readonly<Record<string, string[]>> = {
      module_load: ['struct module *'],
      module_free: ['struct module *'],
      module_request: ['char *', 'bool', 'unsigned long'],
    };
    const host = on({ rawTracepointArguments: (tracepoint) => types[tracepoint] });
    const hooks = policy && planPolicy(policy, host).plan?.hooks;
    expect(hooks?.map(({ points }) => points.length)).toEqual([1, 3, 1, 1]);
  });
});

/** Ours, which are always there. */
const folders = ['../../../src/policies/library/', '../../golden/policies/'];

/** Golden policies that a hardened host refuses: the language has more than it can do. */
const GOLDEN_REFUSED: Readonly<Record<string, RegExp>> = {
  'actions.yaml': /mount can't be refused here/,
  'anchors.yaml': /argument 0 of security_path_unlink \(dir\) is not told/,
  'files.yaml': /do_test can't be had here/,
  'kernel-objects.yaml': /objects_first can't be had here/,
  'lsm-open.yaml': /file_open can't be refused here/,
  'numbers.yaml': /vfs_test can't be had here/,
  'socket-tracking.yaml': /TrackSock/,
  'uprobe-override.yaml': /replacing a function of a program/,
  'uprobe-symbols.yaml': /struct \w+ has no field|btf/i,
  'usdt-set.yaml': /memory of another program|there is no file/,
};

/** Those that stock kernels refuse: functions that no kernel has, and what is done to programs. */
const GOLDEN_STOCK_REFUSED: Readonly<Record<string, RegExp>> = {
  'files.yaml': /no function do_test/,
  'kernel-objects.yaml': /no function objects_first/,
  'numbers.yaml': /no function vfs_test/,
  'uprobe-override.yaml': /replacing a function of a program/,
};

describe.each(folders)('%s', (folder) => {
  const url = new URL(folder, import.meta.url);
  const names = readdirSync(url).filter((name) => name.endsWith('.yaml'));
  const everyFile = on({
    isFile: () => true,
    // The fields that our library follows are the kernel's: test/kernel/trials.test.ts finds them there.
    ...(folder.includes('/library/') && { resolveField: () => ANY_NUMBER }),
  });

  test.each(names)('%s', (name) => {
    const { policies = [] } = parsePolicies(readFileSync(new URL(name, url), 'utf8'), name);
    expect(policies.length).toBeGreaterThan(0);
    const refusals = policies
      .flatMap((policy) => planPolicy(policy, everyFile).errors ?? [])
      .map(formatPolicyError)
      .join('\n');
    const expected = GOLDEN_REFUSED[name];
    if (expected) expect(refusals).toMatch(expected);
    else expect(refusals).toBe('');
  });

  test.each(names)('%s on stock kernels', (name) => {
    const { policies = [] } = parsePolicies(readFileSync(new URL(name, url), 'utf8'), name);
    for (const [, host] of STOCK) {
      const stock = { ...host, isFile: () => true, resolveField: () => ANY_NUMBER };
      const refusals = policies
        .flatMap((policy) => planPolicy(policy, stock).errors ?? [])
        .map(formatPolicyError)
        .join('\n');
      expect(refusals).toMatch(GOLDEN_STOCK_REFUSED[name] ?? /^$/);
    }
  });
});
