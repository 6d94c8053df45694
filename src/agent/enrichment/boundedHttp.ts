import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { parseJson } from './json.ts';

export type HttpQuestion = {
  /** Its path and query; of a Unix socket, host and port mean nothing. */
  readonly url: URL;
  readonly socketPath?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly tls?: HttpTls | undefined;
  /** For the whole answer. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
};

/** PEM texts. */
export type HttpTls = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
};

export type HttpAnswer = { readonly status: number; readonly body: unknown };

/**
 * Gets JSON from somebody who may be slow, endless or mad. Redirects are not followed. `body` is undefined unless the status
 * is 200.
 *
 * @throws Error saying in words what went wrong
 */
export function getJson(question: HttpQuestion): Promise<HttpAnswer> {
  const { url, socketPath, headers, tls, timeoutMs, mostBytes } = question;
  const options: RequestOptions = {
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'application/json', host: socketPath ? 'localhost' : url.host, ...headers },
    ...(socketPath
      ? { socketPath }
      : { hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port }),
    // One question, one connection: there are few, and none is left over.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Error(reasonOf(error, timeoutMs)));
    const onAnswer = (answer: IncomingMessage) => {
      const { statusCode = 0 } = answer;
      if (statusCode !== 200) {
        answer.destroy();
        resolve({ status: statusCode, body: undefined });
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > mostBytes) {
          answer.destroy();
          fail(new Error(`it answers more than ${mostBytes >> 20} MB`));
        } else {
          chunks.push(chunk);
        }
      });
      answer.on('end', () => {
        const body = parseJson(Buffer.concat(chunks).toString('utf8'));
        if (body === undefined) fail(new Error('it answers something that is no JSON'));
        else resolve({ status: statusCode, body });
      });
      answer.on('error', fail);
    };
    const asked =
      url.protocol === 'https:' && !socketPath
        ? requestHttps({ ...options, ...tls }, onAnswer)
        : requestHttp(options, onAnswer);
    asked.on('error', fail);
    asked.end();
  });
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ABORT_ERR') return `no answer within ${timeoutMs / 1000} s`;
  return message || code || String(error);
}
