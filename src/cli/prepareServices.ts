import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { abilitiesOf, makeSieve, needsSieve } from '../agent/export/sieve.ts';
import { tryTarget } from '../agent/export/target.ts';
import { explain, TargetError } from '../agent/export/targetError.ts';
import { checkPem } from '../agent/grpc/pem.ts';
import {
  type DetailOptions,
  type ExportOptions,
  type GrpcOptions,
  NO_DETAIL_OPTIONS,
} from '../agent/messages.ts';
import { asOwner, sudoUser } from '../agent/sudoUser.ts';
import { escapeText } from '../events/text.ts';
import { UsageError } from './optionValues.ts';
import type { Services } from './services.ts';

/**
 * Tries what services need before anything is loaded, so that a mistake ends the start.
 *
 * @throws UsageError a filter is wrong, a certificate can't be read, or an address isn't ours; TargetError a file can't be written where it was asked for
 */
export async function prepareServices(
  { exportFile, record, grpc, metrics }: Services,
  detail: DetailOptions = NO_DETAIL_OPTIONS,
): Promise<void> {
  if (exportFile) {
    await checkFilters(exportFile, detail);
    const { file, mode } = exportFile;
    const cut = await tryTarget(file, mode);
    if (cut > 0)
      process.stderr.write(
        `trigon: ${escapeText(file)} ended in a part of a line, of ${cut} bytes: it is cut off\n`,
      );
  }
  if (record !== undefined) checkNew(resolve(record));
  if (grpc) checkCertificates(grpc);
  if (metrics) await checkAddress(metrics.host);
}

/** A port that is taken is another matter: it may be free later. @throws UsageError this host has no such address */
async function checkAddress(host: string): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port: 0, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRNOTAVAIL' ? 'this host has no such address' : message;
    throw new UsageError(`--metrics-server can't be ${host}: ${reason}`);
  } finally {
    server.close();
  }
}

/** @throws UsageError */
function checkCertificates(options: GrpcOptions): void {
  try {
    checkPem(options);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError */
export async function checkFilters(options: ExportOptions, detail: DetailOptions): Promise<void> {
  if (!needsSieve(options)) return;
  try {
    await makeSieve(options, abilitiesOf(detail), () => {});
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The agent makes it, which may take a moment; who must not be kept waiting is told now. */
function checkNew(path: string): void {
  const owner = sudoUser();
  if (typeof owner === 'string') return;
  const look = (name: string) =>
    asOwner(owner, () => lstatSync(name, { throwIfNoEntry: false }) !== undefined);
  try {
    if (look(path))
      throw new TargetError(
        `${path} is there already, and a recording replaces nothing`,
        'name a file that is not there yet',
      );
    if (!look(dirname(path)))
      throw new TargetError(
        `the folder ${dirname(path)} does not exist`,
        'make it first (mkdir -p), or name another file',
      );
  } catch (error) {
    throw error instanceof TargetError ? error : explain(error, path);
  }
}
