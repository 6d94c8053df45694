import type { WireValue } from './values.ts';

/** By number (enum hash_algo, include/uapi/linux/hash_info.h): the kernel's name and the digest's length in bytes (crypto/hash_info.c). */
const ALGORITHMS: readonly (readonly [name: string, bytes: number])[] = [
  ['md4', 16],
  ['md5', 16],
  ['sha1', 20],
  ['rmd160', 20],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
  ['sha224', 28],
  ['rmd128', 16],
  ['rmd256', 32],
  ['rmd320', 40],
  ['wp256', 32],
  ['wp384', 48],
  ['wp512', 64],
  ['tgr128', 16],
  ['tgr160', 20],
  ['tgr192', 24],
  ['sm3', 32],
  ['streebog256', 32],
  ['streebog512', 64],
  ['sha3-256', 32],
  ['sha3-384', 48],
  ['sha3-512', 64],
];

/** `sha256:…` in hexadecimal digits; undefined: IMA had no hash of the file, or one that this version doesn't know. */
export function readImaHash({ number, error, body }: WireValue): string | undefined {
  const [name, bytes] = ALGORITHMS[Number(number)] ?? [];
  if (error !== 0 || name === undefined || bytes === undefined || body.length < bytes)
    return undefined;
  return `${name}:${Buffer.from(body.subarray(0, bytes)).toString('hex')}`;
}
