/** The API server and the kubelet, as an HTTPS server of the test's own answers like them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { kubeletAccess, readKubeconfig } from '../../../../src/agent/enrichment/kubeconfig.ts';
import { createKubernetes } from '../../../../src/agent/enrichment/kubernetes.ts';
import { type Certificates, makeCertificates } from '../../../driver/certificates.ts';
import { close, listen } from '../../../driver/runtimes.ts';

const ID = 'a1'.repeat(32);
const LATE = 'b2'.repeat(32);
let folder = '';
let certificates: Certificates;
const closers: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-kubernetes-'));
  certificates = makeCertificates(folder);
});
afterEach(async () => {
  for (const stop of closers.splice(0)) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

const pod = (name: string, id: string, owner: { kind: string; name: string } | undefined) => ({
  metadata: {
    ...{ name, namespace: 'shop', uid: '1-2-3', labels: { app: 'web', 'pod-template-hash': '7d' } },
    ownerReferences: owner ? [{ ...owner, controller: true }] : [],
  },
  status: {
    containerStatuses: [
      {
        ...{ name: 'nginx', image: 'nginx:1', imageID: 'nginx@sha256:1' },
        containerID: `containerd://${id}`,
        state: { running: { startedAt: '2026-03-01T08:00:01Z' } },
      },
      { name: 'waiting', containerID: '' },
    ],
  },
});
const web = pod('web-7d-x', ID, { kind: 'ReplicaSet', name: 'web-7d' });

type Asked = { path: string; authorization: string | undefined; client: string };

/** @returns its port, and what it was asked */
async function serve(answer: (path: string, response: ServerResponse) => unknown) {
  const asked: Asked[] = [];
  const { ca, server } = certificates;
  const https = createServer(
    {
      cert: readFileSync(server.cert),
      key: readFileSync(server.key),
      ca: readFileSync(ca),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request: IncomingMessage, response) => {
      const { url = '', headers } = request;
      const client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
      asked.push({ path: url, authorization: headers.authorization, client: String(client ?? '') });
      const body = answer(url, response);
      if (body !== undefined) response.end(JSON.stringify(body));
    },
  );
  await listen(https, 0);
  closers.push(() => close(https));
  return { port: (https.address() as AddressInfo).port, asked };
}

/** Text is what stands in the user's entry. */
function kubeconfig(
  server: string,
  user: string,
  cluster = `certificate-authority: ${certificates.ca}`,
) {
  const file = join(folder, 'kubeconfig');
  writeFileSync(
    file,
    `apiVersion: v1
kind: Config
current-context: here
contexts:
- name: here
  context: {cluster: ours, user: me}
clusters:
- name: ours
  cluster:
    server: ${server}
    ${cluster}
users:
- name: me
  user:
    ${user}
`,
  );
  return file;
}

const askBy = (file: string) => createKubernetes({ kind: 'kubeconfig', file }, 'node 1');

test('the API server: pods of this node, by a token and the authority of the kubeconfig', async () => {
  const { port, asked } = await serve(() => ({ items: [web], metadata: {} }));
  const ask = askBy(kubeconfig(`https://127.0.0.1:${port}`, 'token: secret'));
  expect(await ask(ID)).toEqual({
    kind: 'known',
    fact: {
      ...{ id: ID, name: 'nginx', image: 'nginx:1', imageId: 'nginx@sha256:1', labels: {} },
      startedAt: Date.UTC(2026, 2, 1, 8, 0, 1),
      pod: {
        ...{ name: 'web-7d-x', namespace: 'shop', uid: '1-2-3' },
        podLabels: { app: 'web', 'pod-template-hash': '7d' },
        ...{ workload: 'web', workloadKind: 'Deployment' },
      },
    },
  });
  expect(asked).toEqual([
    {
      path: '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode+1&limit=250',
      ...{ authorization: 'Bearer secret', client: '' },
    },
  ]);
});

test('by a client certificate in the kubeconfig itself; pages are read one after the other', async () => {
  const base64 = (file: string) => readFileSync(file).toString('base64');
  const { client, ca } = certificates;
  const { port, asked } = await serve((path) =>
    path.includes('continue=more')
      ? { items: [web] }
      : { items: [pod('other', LATE, undefined)], metadata: { continue: 'more' } },
  );
  const file = kubeconfig(
    `https://localhost:${port}/proxy`,
    `client-certificate-data: ${base64(client.cert)}\n    client-key-data: ${base64(client.key)}`,
    `certificate-authority-data: ${base64(ca)}`,
  );
  const ask = askBy(file);
  expect(await ask(ID)).toMatchObject({ kind: 'known', fact: { name: 'nginx' } });
  expect(await ask(LATE)).toMatchObject({
    fact: { pod: { workload: 'other', workloadKind: 'Pod' } },
  });
  expect(asked.map(({ client: name }) => name)).toEqual(['client', 'client']);
  expect(asked[0]?.path).toMatch(/^\/proxy\/api\/v1\/pods\?/);
});

test('a container that is not among them is looked for again, but not at once', async () => {
  const { port, asked } = await serve(() => ({ items: [web] }));
  const ask = askBy(kubeconfig(`https://127.0.0.1:${port}`, 'token: secret'));
  const answers = await Promise.all([ask(LATE), ask(LATE), ask(ID)]);
  expect(answers.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'known']);
  expect(await ask(LATE)).toEqual({ kind: 'unknown' });
  expect(asked).toHaveLength(1);
});

const askKubelet = (port: number, cluster?: string, scheme = 'https') => {
  const file = kubeconfig('https://elsewhere.example', 'token: secret', cluster);
  const url = `${scheme}://127.0.0.1:${port}`;
  return createKubernetes({ kind: 'kubelet', url, kubeconfig: file }, 'node1')(ID);
};

test('a kubelet on the loopback, as the user of a kubeconfig that has its authority', async () => {
  const { port, asked } = await serve(() => ({ items: [web] }));
  expect(await askKubelet(port)).toMatchObject({ kind: 'known' });
  expect(asked).toMatchObject([{ path: '/pods', authorization: 'Bearer secret' }]);
});

test('a stranger who listens on the loopback in its place gets no token', async () => {
  const { port, asked } = await serve(() => ({ items: [web] }));
  const other = join(folder, 'other');
  mkdirSync(other);
  const ca = readFileSync(makeCertificates(other).ca).toString('base64');
  for (const cluster of [`certificate-authority-data: ${ca}`, 'tls-server-name: localhost'])
    expect(await askKubelet(port, cluster)).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/certificate/),
    });
  expect(await askKubelet(port, undefined, 'http')).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('without TLS'),
  });
  expect(asked).toEqual([]);
  // Who is told to believe anybody does.
  expect(await askKubelet(port, 'insecure-skip-tls-verify: true')).toMatchObject({ kind: 'known' });
});

test('the token of a service account', async () => {
  writeFileSync(join(folder, 'token'), 'of the account\n');
  const { token, tls } = await kubeletAccess('https://127.0.0.1:10250', undefined, folder);
  expect(await token()).toBe('of the account');
  expect(tls).toEqual({ rejectUnauthorized: true, ca: readFileSync(certificates.ca, 'utf8') });
});

test('a server that another authority vouches for is not believed, unless the kubeconfig says so', async () => {
  const { port, asked } = await serve(() => ({ items: [web] }));
  const url = `https://127.0.0.1:${port}`;
  const wary = await askBy(kubeconfig(url, 'token: secret', 'tls-server-name: localhost'))(ID);
  expect(wary).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/certificate/) });
  expect(asked).toEqual([]);
  const bold = askBy(kubeconfig(url, 'token: secret', 'insecure-skip-tls-verify: true'));
  expect(await bold(ID)).toMatchObject({ kind: 'known' });
});

test.each([
  [401, /does not know who asks/],
  [403, /does not allow listing pods/],
  [500, /HTTP status 500/],
])('HTTP status %d', async (status, words) => {
  const { port } = await serve((_, response) => void response.writeHead(status).end());
  const answer = await askBy(kubeconfig(`https://127.0.0.1:${port}`, 'token: secret'))(ID);
  expect(answer).toEqual({ kind: 'failed', reason: expect.stringMatching(words) });
});

test('a list of another shape has no pods', async () => {
  const odd = {
    items: [7, { metadata: { name: 'x' } }, { ...web, status: { containerStatuses: 1 } }],
  };
  const { port } = await serve(() => odd);
  const answer = await askBy(kubeconfig(`https://127.0.0.1:${port}`, 'token: secret'))(ID);
  expect(answer).toEqual({ kind: 'unknown' });
});

test.each<[string, string, RegExp]>([
  ['exec: {command: aws}', 'https://x', /credentials by "exec", which Trigon doesn't run/],
  ['client-certificate: absent.pem', 'https://x', /absent\.pem/],
  ['token: a', 'ftp://x', /no address of a server/],
])('%s at %s is refused', async (user, server, words) => {
  await expect(readKubeconfig(kubeconfig(server, user))).rejects.toThrow(words);
});

test('no kubeconfig, no YAML, no context', async () => {
  const file = join(folder, 'broken');
  await expect(readKubeconfig(join(folder, 'absent'))).rejects.toThrow(/ENOENT/);
  writeFileSync(file, 'a: [');
  await expect(readKubeconfig(file)).rejects.toThrow();
  writeFileSync(file, 'clusters: []');
  await expect(readKubeconfig(file)).rejects.toThrow('no current-context');
  writeFileSync(file, 'current-context: x\ncontexts: []');
  await expect(readKubeconfig(file)).rejects.toThrow('no "x" in its contexts');
});

test.each(['192.0.2.1', '127.0.0.1', 'localhost'])(
  'a token does not go to %s in the clear',
  async (host) => {
    const answer = await askBy(kubeconfig(`http://${host}:8080`, 'token: secret'))(ID);
    expect(answer).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('without TLS'),
    });
  },
);

test('a pipe or a device in place of a file is not read', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const file of [pipe, '/dev/zero']) {
    await expect(readKubeconfig(file)).rejects.toThrow(/no ordinary file/);
    const { token } = await readKubeconfig(kubeconfig('https://x', `tokenFile: ${file}`));
    await expect(token()).rejects.toThrow(/no ordinary file/);
  }
  const large = join(folder, 'large');
  writeFileSync(large, ' '.repeat((1 << 20) + 1));
  await expect(readKubeconfig(large)).rejects.toThrow(/larger than 1 MB/);
});
