import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Ended, run } from '../../driver/command.ts';

/**
 * A program and a folder that exist only for one test, and a policy that kills that program when it writes there: no other
 * process of the machine can be hit.
 */
export type Target = {
  /** The policy's file; its name is `policyName`. */
  readonly policy: string;
  readonly policyName: string;
  /** The program that the policy is about: a shell. */
  readonly victim: string;
  /** The file that the victim writes. */
  readonly file: string;
  content(): string;
  /** Runs the victim, which appends a line to the file. */
  write(line: string): Promise<Ended>;
  /** Whether the victim may write and live. */
  survives(): Promise<boolean>;
  remove(): void;
};

export function createTarget(): Target {
  const folder = mkdtempSync(join(tmpdir(), 'tgapp-'));
  const guarded = join(folder, 'guarded');
  const victim = join(folder, 'victim-sh');
  const file = join(guarded, 'data');
  const policy = join(folder, 'policy.yaml');
  const policyName = basename(folder).toLowerCase();
  mkdirSync(guarded);
  copyFileSync('/bin/bash', victim);
  writeFileSync(file, '');
  writeFileSync(policy, policyText(policyName, victim, `${guarded}/`));
  // The shell itself writes: a program that it started would not be the one that the policy names.
  const write = (line: string) => run(victim, ['-c', `echo '${line}' >> '${file}'`]);
  return {
    policy,
    policyName,
    victim,
    file,
    content: () => readFileSync(file, 'utf8'),
    write,
    survives: async () => (await write('survivor')).signal === null,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const policyText = (name: string, victim: string, folder: string) => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: ${name} }
spec:
  kprobes:
  - call: security_file_permission
    syscall: false
    args: [{index: 0, type: file}, {index: 1, type: int}]
    selectors:
    - matchBinaries: [{operator: In, values: [${victim}]}]
      matchArgs:
      - {index: 0, operator: Prefix, values: [${folder}]}
      - {index: 1, operator: Equal, values: ["2"]}
      matchActions: [{action: Sigkill}]
`;
