import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { loadPlainYaml } from '../../plainYaml.ts';
import type { HttpTls } from './boundedHttp.ts';
import { fieldAt, fieldOf, listOf, textOf } from './json.ts';

/** Where and as whom Kubernetes is asked. */
export type KubernetesAccess = {
  readonly server: URL;
  readonly tls: HttpTls;
  /** Read for each question, since tokens in files are renewed; '' without one. */
  token(): Promise<string>;
};

const MOST_BYTES = 1 << 20;

/**
 * The current context of a kubeconfig. Programs that fetch credentials (`exec`, `auth-provider`) are not run.
 *
 * @throws Error that says what is wrong with it
 */
export async function readKubeconfig(file: string): Promise<KubernetesAccess> {
  const config = loadPlainYaml(await readSmall(file));
  const folder = dirname(file);
  const name = textOf(fieldOf(config, 'current-context'));
  if (name === '') throw new Error('it has no current-context');
  const context = named(config, 'contexts', name, 'context');
  const cluster = named(config, 'clusters', textOf(fieldOf(context, 'cluster')), 'cluster');
  const userName = textOf(fieldOf(context, 'user'));
  const user = userName === '' ? {} : named(config, 'users', userName, 'user');
  for (const program of ['exec', 'auth-provider'])
    if (fieldOf(user, program) !== undefined)
      throw new Error(
        `its user gets credentials by "${program}", which Trigon doesn't run: make a kubeconfig with a token or a client certificate`,
      );
  const ca = await pem(folder, cluster, 'certificate-authority');
  const cert = await pem(folder, user, 'client-certificate');
  const key = await pem(folder, user, 'client-key');
  const servername = textOf(fieldOf(cluster, 'tls-server-name'));
  return {
    server: serverOf(textOf(fieldOf(cluster, 'server'))),
    tls: {
      rejectUnauthorized: fieldOf(cluster, 'insecure-skip-tls-verify') !== true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === '' ? {} : { servername }),
    },
    token: tokenOf(folder, user),
  };
}

/** The files that Kubernetes puts into every container. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * A kubelet, asked as the user of a kubeconfig, or with the token of the service account where there is one. Its certificate must be
 * one of the authority's, also on the loopback: whoever listens there first would get the token.
 */
export async function kubeletAccess(
  url: string,
  kubeconfig: string | undefined,
  folder = SERVICE_ACCOUNT,
): Promise<KubernetesAccess> {
  const server = serverOf(url);
  if (kubeconfig !== undefined) return { ...(await readKubeconfig(kubeconfig)), server };
  const ca = await readSmall(`${folder}/ca.crt`).catch(() => undefined);
  return {
    server,
    tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    token: () =>
      readSmall(`${folder}/token`).then(
        (text) => text.trim(),
        () => '',
      ),
  };
}

function serverOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new Error(`"${text}" is no address of a server, such as https://10.0.0.1:6443`);
  return url;
}

/** An entry of one of its lists. */
function named(config: unknown, list: string, name: string, content: string): unknown {
  const found = listOf(fieldOf(config, list)).find((entry) => fieldOf(entry, 'name') === name);
  const value = fieldAt(found, content);
  if (value === undefined) throw new Error(`it has no "${name}" in its ${list}`);
  return value;
}

/** In base64 in the file itself (`NAME-data`), or in a file of its own; undefined: neither. */
async function pem(folder: string, value: unknown, name: string): Promise<string | undefined> {
  const data = textOf(fieldOf(value, `${name}-data`));
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = textOf(fieldOf(value, name));
  return file === '' ? undefined : readSmall(resolve(folder, file));
}

function tokenOf(folder: string, user: unknown): () => Promise<string> {
  const file = textOf(fieldOf(user, 'tokenFile'));
  const token = textOf(fieldOf(user, 'token'));
  if (file === '') return async () => token;
  return async () => (await readSmall(resolve(folder, file))).trim();
}

/**
 * Who wrote the kubeconfig names others: a pipe is not waited for, and no device read.
 *
 * @throws Error that names the file
 */
async function readSmall(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no ordinary file`);
    // One more than may be there.
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let used = 0;
    for (let read = -1; read !== 0 && used < bytes.length; used += read)
      ({ bytesRead: read } = await file.read(bytes, used, bytes.length - used, used));
    if (used > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES >> 20} MB`);
    return bytes.toString('utf8', 0, used);
  } finally {
    await file.close();
  }
}
