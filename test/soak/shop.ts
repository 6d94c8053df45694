import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProgram } from '../driver/compile.ts';

/** A folder of the soak's own: everything that policies match lies in there, the programs too, so that nobody else can be hit. */
export type Shop = {
  readonly folder: string;
  path(...names: string[]): string;
  /** A program that does what victims do, at a path of its own. */
  victim(name: string): string;
  remove(): void;
};

const source = (name: string): string => join(import.meta.dirname, name);
/** Where Trigon runs, what it writes, where temporary files and heap figures go, and what the load works on. */
const FOLDERS = [
  'trigon',
  'export',
  'recordings',
  'tmp',
  'heap',
  'data',
  'names',
  'policies',
] as const;

export function openShop(): Shop {
  const folder = mkdtempSync(join(tmpdir(), 'tgsoak-'));
  const path = (...names: string[]) => join(folder, ...names);
  for (const name of FOLDERS) mkdirSync(path(name));
  compileProgram(source('load.c'), path('load'));
  compileProgram(source('actor.c'), path('brief'));
  writeFileSync(path('target'), '');
  return {
    folder,
    path,
    victim(name) {
      copyFileSync(path('brief'), path(name));
      return path(name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
