/** Real clients of ours against runtimes that answer as Docker, Podman and CRI do, slowly, wrongly, or not at all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCri } from '../../../../src/agent/enrichment/cri.ts';
import { createDocker } from '../../../../src/agent/enrichment/docker.ts';
import { startCri, startDocker } from '../../../driver/runtimes.ts';

const ID = 'a1'.repeat(32);
const SANDBOX = 'b2'.repeat(32);

let folder = '';
let socket = '';
const closers: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-runtime-'));
  socket = join(folder, 'runtime.sock');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

const docker = async (
  ...args: Parameters<typeof startDocker> extends [string, ...infer R] ? R : never
) => {
  const fake = await startDocker(socket, ...args);
  closers.push(fake.close);
  return fake;
};

describe('Docker', () => {
  const web = { name: 'web', image: 'nginx:1.27', labels: { app: 'shop' } };

  test('name, image, labels and start of a container', async () => {
    await docker((id) => (id === ID ? web : undefined));
    expect(await createDocker([join(folder, 'absent'), socket])(ID)).toEqual({
      kind: 'known',
      fact: {
        id: ID,
        name: 'web',
        image: 'nginx:1.27',
        imageId: `sha256:${'e'.repeat(64)}`,
        labels: { app: 'shop' },
        startedAt: Date.UTC(2026, 2, 1, 8, 0, 1, 250),
      },
    });
  });

  test('a container of Kubernetes (cri-dockerd) has a pod', async () => {
    const labels = {
      'io.kubernetes.pod.name': 'web-7d4b9c-x2x2x',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': '1-2-3',
      'io.kubernetes.container.name': 'nginx',
      'pod-template-hash': '7d4b9c',
    };
    await docker(() => ({ name: 'k8s_nginx_web', image: 'nginx', labels }));
    expect(await createDocker([socket])(ID)).toMatchObject({
      fact: {
        name: 'nginx',
        pod: {
          name: 'web-7d4b9c-x2x2x',
          namespace: 'shop',
          uid: '1-2-3',
          podLabels: { 'pod-template-hash': '7d4b9c' },
          workload: 'web',
          workloadKind: 'Deployment',
        },
      },
    });
  });

  test('one that it does not know; no engine at all', async () => {
    await docker(() => undefined);
    expect(await createDocker([socket])(ID)).toEqual({ kind: 'unknown' });
    expect(await createDocker([join(folder, 'absent')])(ID)).toEqual({ kind: 'absent' });
  });

  test('what is no socket is not spoken to', async () => {
    expect(await createDocker([folder, '/dev/null', '/etc/hostname'])(ID)).toEqual({
      kind: 'absent',
    });
  });

  test.each<[string, Parameters<typeof startDocker>[2], RegExp]>([
    ['an error', (_, response) => !!response.writeHead(500).end(), /HTTP status 500/],
    ['no JSON', (_, response) => !!response.end('<html>'), /no JSON/],
    [
      'a redirect to somewhere else',
      (_, response) => !!response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /HTTP status 302/,
    ],
    [
      'more than any memory holds',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(1 << 20)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
        return true;
      },
      /more than 4 MB/,
    ],
    ['nothing', () => true, /no answer within 2 s/],
    [
      'the beginning, and then nothing',
      (_, response) => {
        response.write('{');
        return true;
      },
      /no answer within 2 s/,
    ],
  ])('%s is told as a failure', async (_, misbehave, reason) => {
    await docker(() => web, misbehave);
    const answer = await createDocker([socket])(ID);
    expect(answer).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) });
  });

  test('fields of other types, and hostile names, are no harm', async () => {
    const hostile = { Name: 7, Config: { Image: ['x'], Labels: { a: 1, __proto__: 'x', b: 'c' } } };
    await docker(
      () => web,
      (_, response) => !!response.end(JSON.stringify(hostile)),
    );
    expect(await createDocker([socket])(ID)).toEqual({
      kind: 'known',
      fact: { id: ID, name: '', image: '', imageId: '', labels: { b: 'c' } },
    });
  });
});

describe('CRI', () => {
  const sandbox = {
    id: SANDBOX,
    name: 'web-7d4b9c-x2x2x',
    namespace: 'shop',
    uid: '1-2-3',
    labels: {
      app: 'shop',
      'pod-template-hash': '7d4b9c',
      'io.kubernetes.pod.name': 'web-7d4b9c-x2x2x',
    },
  };
  const pod = {
    name: 'web-7d4b9c-x2x2x',
    namespace: 'shop',
    uid: '1-2-3',
    podLabels: { app: 'shop', 'pod-template-hash': '7d4b9c' },
    workload: 'web',
    workloadKind: 'Deployment',
  };
  const start = async () => {
    const container = {
      ...{ id: ID, sandbox: SANDBOX, name: 'nginx', image: 'docker.io/library/nginx:1.27' },
      labels: { 'io.kubernetes.container.name': 'nginx' },
    };
    const fake = await startCri(socket, [container], [sandbox]);
    closers.push(fake.close);
  };

  test('a container with its pod', async () => {
    await start();
    expect(await createCri([socket])(ID)).toEqual({
      kind: 'known',
      fact: {
        ...{ id: ID, name: 'nginx', image: 'docker.io/library/nginx:1.27' },
        imageId: `docker.io/library/nginx:1.27@sha256:${'e'.repeat(64)}`,
        labels: { 'io.kubernetes.container.name': 'nginx' },
        startedAt: 1772352001250,
        pod,
      },
    });
  });

  test('a sandbox itself has the pod and no name', async () => {
    await start();
    expect(await createCri([socket])(SANDBOX)).toEqual({
      kind: 'known',
      fact: { id: SANDBOX, name: '', image: '', imageId: '', labels: {}, pod },
    });
  });

  test('unknown, and absent', async () => {
    await start();
    expect(await createCri([socket])('c3'.repeat(32))).toEqual({ kind: 'unknown' });
    expect(await createCri([join(folder, 'absent')])(ID)).toEqual({ kind: 'absent' });
  });

  test('a server that speaks something else, or nothing, does not hold us', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((one) => {
      sockets.add(one);
      one.on('error', () => {});
      one.on('data', () => one.write('x'.repeat(100)));
    }).listen(socket);
    closers.push(() => {
      for (const one of sockets) one.destroy();
      server.close();
    });
    expect(await createCri([socket])(ID)).toMatchObject({ kind: 'failed' });
  });
});
