import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export type Certificates = {
  readonly ca: string;
  /** Of the server at 127.0.0.1 and localhost, and of a client: from that authority. */
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
};

/** An authority of the test's own with a server and a client, by openssl. */
export function makeCertificates(folder: string): Certificates {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-keyout', path('ca.key'), '-out', path('ca.crt')],
    ...['-days', '2', '-subj', '/CN=trigon test authority'],
  );
  const issue = (name: string) => {
    const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((ending) =>
      path(`${name}.${ending}`),
    ) as [string, string, string, string];
    openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl(
      ...['x509', '-req', '-in', request, '-CA', path('ca.crt'), '-CAkey', path('ca.key')],
      ...['-CAcreateserial', '-out', cert, '-days', '2', '-extfile', extensions],
    );
    return { cert, key };
  };
  return { ca: path('ca.crt'), server: issue('server'), client: issue('client') };
}
