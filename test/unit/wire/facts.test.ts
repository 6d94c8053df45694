/** What is known from elsewhere, in the messages of processes. */
import { expect, test } from 'vitest';
import { createFactBook } from '../../../src/agent/factBook.ts';
import type { ContainerFact } from '../../../src/events/facts.ts';
import { cgroupNameOf, readProcess } from '../../../src/events/wire/process.ts';
import { tg_exec_record as EXEC } from '../../../src/generated/layouts.ts';
import { execRecord } from './records.ts';

const ID = 'a1'.repeat(32);
const who = {
  ...{ tgid: 100, tid: 100, ktime: 1000n, parentTgid: 1, parentKtime: 1n },
  ...{ cloned: false, bootToWall: 0n, node: 'n', inInitTree: true },
};
const fact: ContainerFact = {
  ...{ id: ID, name: 'web', image: 'nginx:1', imageId: 'sha256:1' },
  ...{ startedAt: 5, labels: { a: 'b' } },
};
const read = (cgroup: string, known?: ContainerFact) => {
  const facts = createFactBook();
  if (known) facts.learn([{ kind: 'container', ...known }]);
  const record = execRecord({ filename: '/bin/tool', args: 'tool\0x\0', cgroup });
  return readProcess(record, who, undefined, facts);
};

test('a container that nobody tells of', () => {
  expect(read(`docker-${ID}.scope`)).toMatchObject({
    docker: ID.slice(0, 31),
    trigon: { argv: ['tool', 'x'], runtime: 'docker' },
  });
  expect(read(`docker-${ID}.scope`).trigon).not.toHaveProperty('container');
  expect(read(`docker-${ID}.scope`)).not.toHaveProperty('pod');
});

test('Docker’s: name and image', () => {
  expect(read(`docker-${ID}.scope`, fact).trigon?.container).toEqual({
    ...{ id: ID, name: 'web', image: 'nginx:1' },
  });
});

test.each([
  [`cri-containerd-${ID}.scope`, `containerd://${ID}`],
  [`crio-${ID}.scope`, `cri-o://${ID}`],
  [ID, ID],
])('Kubernetes’: a pod, in %s', (cgroup, id) => {
  const pod = { namespace: 'shop', name: 'web-1', podLabels: { app: 'web' } };
  const process = read(cgroup, { ...fact, pod });
  expect(process.pod).toEqual({
    ...pod,
    container: {
      ...{ id, name: 'web', startTime: 5_000_000n },
      image: { id: 'sha256:1', name: 'nginx:1' },
    },
  });
  expect(process.trigon).not.toHaveProperty('container');
});

test('facts of another container, or of a service, say nothing', () => {
  expect(read('ssh.service', { ...fact, pod: { namespace: 'n', name: 'p' } })).not.toHaveProperty(
    'pod',
  );
  expect(read(`docker-${'b2'.repeat(32)}.scope`, fact).trigon).not.toHaveProperty('container');
});

test('the hash of the executable, in all processes that run it', () => {
  const facts = createFactBook();
  const hashIn = (record: Uint8Array, identity = who) =>
    readProcess(record, identity, undefined, facts).trigon?.sha256;
  const record = execRecord({ filename: '/bin/tool' });
  const view = new DataView(record.buffer);
  view.setUint32(EXEC.at.exe_dev, 8, true);
  view.setBigUint64(EXEC.at.exe_inode, 7n, true);
  view.setBigUint64(EXEC.at.exe_ctime, 99n, true);
  expect(hashIn(record)).toBe(undefined);
  facts.learn([{ kind: 'sha256', executable: '8:7:0:99', sha256: 'ab' }]);
  expect(hashIn(record)).toBe('ab');
  expect(hashIn(record, { ...who, tgid: 101, ktime: 1001n })).toBe('ab');
  view.setBigUint64(EXEC.at.exe_ctime, 100n, true);
  expect(hashIn(record)).toBe(undefined);
});

test('the hash of a program that ran before us, also in what it forks: they have its record', () => {
  const facts = createFactBook();
  facts.learn([{ kind: 'sha256', executable: '100:1000', sha256: 'ab' }]);
  const record = execRecord({ filename: '/bin/tool' });
  const hashIn = (of: Uint8Array, tgid: number) =>
    readProcess(of, { ...who, tgid, ktime: 2000n }, undefined, facts).trigon?.sha256;
  expect([hashIn(record, 100), hashIn(record, 200)]).toEqual(['ab', 'ab']);
  expect(hashIn(execRecord({ filename: '/bin/tool' }, { tgid: 200 }), 200)).toBe(undefined);
});

test('the cgroup’s name alone', () => {
  const texts = {
    filename: '/bin/t',
    exe: '/bin/t',
    cwd: '/',
    args: 'a\0b\0',
    environment: 'A=1\0',
  };
  expect(cgroupNameOf(execRecord({ ...texts, cgroup: 'ssh.service' }))).toBe('ssh.service');
  expect(cgroupNameOf(execRecord(texts))).toBe('');
});
