/**
 * The one file in a virtual machine with Debian's stock 6.12, in a root folder that holds a C library and a shell: no Node, no libbpf.
 * Everything is emulated, and 128 MB of program with it: limits are those of patience.
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { makeRoot } from '../driver/debootstrap.ts';
import { EXECUTABLE, ownFolder } from './packed.ts';

const RUNNER = fileURLToPath(new URL('../vm/run', import.meta.url));
const GUEST = fileURLToPath(new URL('guest.sh', import.meta.url));
const folder = ownFolder();
const VM_SECONDS = 1500;

/** Files the kernel tells from its own root, and programs as they were called, from the root that their caller has. */
const policyIn = (root: string) => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: guarded }
spec:
  kprobes:
    - call: security_file_permission
      syscall: false
      args: [{ index: 0, type: file }, { index: 1, type: int }]
      selectors:
        - matchArgs: [{ index: 0, operator: Prefix, values: [${root}/guarded/, /guarded/] }]
          matchBinaries: [{ operator: In, values: [${root}/victim, /victim] }]
          matchActions: [{ action: Sigkill }]
`;

test(
  'shows events, loads a policy, and kills what it may',
  async () => {
    const root = await makeRoot('bullseye', folder, true);
    copyFileSync(EXECUTABLE, join(root, 'trigon'));
    chmodSync(join(root, 'trigon'), 0o755);
    copyFileSync(join(root, 'bin', 'cat'), join(root, 'victim'));
    mkdirSync(join(root, 'guarded'));
    writeFileSync(join(root, 'guarded', 'file'), 'text\n');
    writeFileSync(join(root, 'policy.yaml'), policyIn(root));
    copyFileSync(GUEST, join(root, 'guest.sh'));
    const { code, stdout, stderr } = await run(RUNNER, [
      ...['--kernel', '6.12', '--mem', '4G', '--timeout', String(VM_SECONDS), '--'],
      ...['/bin/sh', '-c', IN_ROOT, root],
    ]);
    const told = `${stdout}\n${stderr}`;
    expect(code, told).toBe(0);
    expect(stdout, told).toContain('no node, no libbpf\n');
    expect(stdout, told).toMatch(/^event: .*\/true/m);
    expect(stdout, told).toContain('before: text\n');
    expect(stdout, told).toContain('armed: killed\n');
    expect(stdout, told).toMatch(/^told: .*victim \/guarded\/file SIGKILL/m);
    expect(stdout, told).toContain('after: text\n');
  },
  (VM_SECONDS + 300) * 1000,
);

/** The file is copied into the VM's memory first: reading it page by page through QEMU takes minutes. */
const IN_ROOT = `set -e
for each in proc sys dev; do mount --rbind /$each "$0/$each"; done
mount -t tmpfs tmpfs "$0/tmp"
cp "$0/trigon" "$0/tmp/trigon"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TRIGON_POLICY_PATH=none TRIGON_AGENT_SOCKET=none chroot "$0" sh /guest.sh`;
