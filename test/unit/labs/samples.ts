import { type LabContext, readLab } from '../../../src/labs/read.ts';
import { formatPolicyError } from '../../../src/policies/model.ts';

export const FOLDER = '/tmp/trigon-lab-1';
/** As a lab's file has it. */
export const LAB_FOLDER = `$${'{LAB}'}/`;

const CONTEXT: LabContext = {
  folder: FOLDER,
  library: new Set(['etc-writes']),
  deeds: new Set(['as', 'read', 'write']),
};

/** A lab of one step of each kind; the parts can be exchanged. */
export function labText({ head = HEAD, scripts = SCRIPTS, steps = STEPS, policies = POLICY } = {}) {
  return [head, scripts, steps, policies].join('\n');
}

export const HEAD = `apiVersion: trigon/v1
kind: Lab
name: sample
title: A sample
level: beginner
minutes: 5`;

const SCRIPTS = `scripts:
  attack: |
    as \${LAB}/thief
    read /etc/passwd`;

const STEPS = `steps:
  - say: |
      One
      paragraph.

      Another, in \${LAB}.
        a command
  - ask: Which?
    choices:
      - { text: wrong, reply: "no" }
      - { text: right, right: true, reply: "yes" }
    hints: [look, think]
  - do: Switch it on.
    check: [{ watching: lab-reads }]
  - run: attack
    text: Now.
    check: [{ seen: lab-reads }, { attack: done }]`;

export const POLICY = `---
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: lab-reads }
spec:
  kprobes:
    - call: sys_openat
      syscall: true
      args: [{ index: 1, type: string }]
      selectors:
        - matchBinaries: [{ operator: Prefix, values: ["\${LAB}/"] }]`;

export const read = (text: string, context: Partial<LabContext> = {}) =>
  readLab(text, 'sample.yaml', { ...CONTEXT, ...context });

/** A lab that must be right. */
export function sampleLab(text = labText()) {
  const { lab, errors } = read(text);
  if (!lab) throw new Error(errors.map(formatPolicyError).join('\n'));
  return lab;
}

/** What is wrong with a text, in lines as they are printed. */
export const errorsOf = (text: string): string[] =>
  (read(text).errors ?? []).map(formatPolicyError);
