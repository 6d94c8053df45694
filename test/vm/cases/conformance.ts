/** Our events beside those of a real Tetragon: the same kernel, policies and commands. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../../../src/agent/client.ts';
import type { Case } from '../case.ts';
import { differences } from '../conformance/compare.ts';
import { ofWorkload, parseEvents } from '../conformance/events.ts';
import { EXCEPTIONS } from '../conformance/exceptions.ts';
import { record, WORKLOAD } from '../conformance/session.ts';

const CORPUS = resolve(projectRoot(), '../shared/corpus');
const RECORDING = join(CORPUS, 'tetragon-recorded.jsonl');

/** Those that were loaded then, in that order. Tetragon refused symlink-override.yaml and sys_setuid.yaml. */
const POLICIES = [
  'quickstart/file_monitoring.yaml',
  'tracingpolicy/kprobe_commit_creds.yaml',
  'tracingpolicy/lsm_file_open.yaml',
  'tracingpolicy/openat_write.yaml',
  'tracingpolicy/sys_mount.yaml',
  'tracingpolicy/tcp-connect-only-local-addrs.yaml',
  'tracingpolicy/tcp-connect.yaml',
  'tracingpolicy/uprobe.yaml',
];

/**
 * The recorder's. It was also told --username-metadata unix, but no recorded event has a user: it had not found the names.
 */
const OPTIONS = [
  ...['--enable-process-cred', '--enable-process-ns'],
  ...['--enable-ancestors', 'base,kprobe,lsm'],
  ...['--node', 'vmrun'],
];

const CONFORMANCE: Case = {
  name: 'conformance with the recorded events of Tetragon',
  boots: ['6.12'],
  limitSeconds: 600,
  async run({ folder }) {
    const policies = POLICIES.map((name) => join(CORPUS, 'tetragon-examples', name));
    const ours = ofWorkload(parseEvents(await record(folder, policies, OPTIONS)), WORKLOAD);
    const recorded = ofWorkload(parseEvents(readFileSync(RECORDING, 'utf8')), WORKLOAD);
    assert(recorded.length > 100, 'the recording has no workload');
    const found = differences(recorded, ours, EXCEPTIONS);
    assert(found.length === 0, `${found.length} differences:\n${found.join('\n')}`);
    return {};
  },
};

/** None in a clone without the corpus. */
export const CONFORMANCE_CASES: readonly Case[] = existsSync(RECORDING) ? [CONFORMANCE] : [];
