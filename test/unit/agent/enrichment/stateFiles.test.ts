import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerFact } from '../../../../src/agent/enrichment/containerFacts.ts';
import { stateFilesSource } from '../../../../src/agent/enrichment/sources.ts';
import { readStateFiles } from '../../../../src/agent/enrichment/stateFiles.ts';

const ID = 'a1'.repeat(32);
const DOCKER = `/var/lib/docker/containers/${ID}/config.v2.json`;
const BUNDLE = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`;
const PODMAN = `/run/containers/storage/overlay-containers/${ID}/userdata/config.json`;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trigon-state-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const place = (path: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  return join(root, path);
};
const write = (path: string, content: unknown) =>
  writeFileSync(place(path), typeof content === 'string' ? content : JSON.stringify(content));

test('Docker', async () => {
  write(DOCKER, {
    ...{ Name: '/web', Image: 'sha256:1', State: { StartedAt: '0001-01-01T00:00:00Z' } },
    Config: { Image: 'nginx:1', Labels: { app: 'shop' } },
  });
  write(BUNDLE, {});
  expect(await readStateFiles(ID, root)).toEqual(
    containerFact(ID, {
      ...{ name: 'web', image: 'nginx:1', imageId: 'sha256:1', labels: { app: 'shop' } },
    }),
  );
});

test('a bundle of containerd’s CRI plugin', async () => {
  write(BUNDLE, {
    annotations: {
      'io.kubernetes.cri.container-name': 'nginx',
      'io.kubernetes.cri.image-name': 'docker.io/library/nginx:1',
      'io.kubernetes.cri.sandbox-name': 'web-1',
      'io.kubernetes.cri.sandbox-namespace': 'shop',
      'io.kubernetes.cri.sandbox-uid': '1-2-3',
    },
  });
  expect(await readStateFiles(ID, root)).toMatchObject({
    ...{ name: 'nginx', image: 'docker.io/library/nginx:1' },
    pod: { name: 'web-1', namespace: 'shop', uid: '1-2-3' },
  });
});

test('a bundle of CRI-O has labels', async () => {
  write(PODMAN, {
    annotations: {
      'io.kubernetes.container.name': 'nginx',
      'io.kubernetes.pod.name': 'web-1',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.cri-o.ImageName': 'nginx:1',
      'io.kubernetes.cri-o.Labels': '{"app":"shop","io.kubernetes.pod.name":"web-1"}',
    },
  });
  expect(await readStateFiles(ID, root)).toMatchObject({
    ...{ name: 'nginx', image: 'nginx:1' },
    pod: { name: 'web-1', namespace: 'shop', podLabels: { app: 'shop' } },
  });
});

test('none, no JSON, a link, a pipe, one that is too large: nothing', async () => {
  expect(await readStateFiles(ID, root)).toBeUndefined();
  write(DOCKER, '{');
  expect(await readStateFiles(ID, root)).toBeUndefined();
  rmSync(place(DOCKER));
  write('/elsewhere', { Name: '/x' });
  symlinkSync(place('/elsewhere'), place(DOCKER));
  expect(await readStateFiles(ID, root)).toBeUndefined();
  rmSync(place(DOCKER));
  execFileSync('mkfifo', [place(DOCKER)]);
  expect(await readStateFiles(ID, root)).toBeUndefined();
  rmSync(place(DOCKER));
  write(DOCKER, `{"Name":"/${'x'.repeat(5 << 20)}"}`);
  expect(await readStateFiles(ID, root)).toBeUndefined();
});

test('a file system that hangs is asked once, until it answers', async () => {
  const gate = Promise.withResolvers<undefined>();
  let reads = 0;
  const source = stateFilesSource(() => {
    reads += 1;
    return gate.promise;
  }, 5);
  const question = { id: ID, runtime: 'docker' as const };
  const answers = await Promise.all([1, 2, 3].map(() => source(question)));
  expect(answers.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed']);
  expect(reads).toBe(1);
  gate.resolve(undefined);
  await gate.promise;
  await new Promise(setImmediate);
  expect(await source(question)).toEqual({ kind: 'absent' });
});
