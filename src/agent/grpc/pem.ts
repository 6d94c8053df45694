/** Certificates and keys of the gRPC server. */
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { escapeText } from '../../events/text.ts';
import { openRegularFile } from '../../regularFile.ts';
import type { GrpcOptions } from '../messages.ts';

const MAX_PEM_BYTES = 1 << 20;

/** @throws Error with the file's name */
export function readPem(file: string): Buffer {
  try {
    const content = readRegular(file);
    if (content.includes('-----BEGIN ')) return content;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${escapeText(file)} can't be read: ${escapeText(reason)}`);
  }
  throw new Error(`${escapeText(file)} is no PEM file`);
}

function readRegular(file: string): Buffer {
  const fd = openRegularFile(file);
  try {
    if (fstatSync(fd).size > MAX_PEM_BYTES) throw new Error('it is too large for a certificate');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Tries whether they can be read, before the start. @throws Error */
export function checkPem({ tls }: GrpcOptions): void {
  if (tls) for (const file of [tls.certificate, tls.key, ...tls.clientAuthorities]) readPem(file);
}
