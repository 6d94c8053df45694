/** The unit file, as far as it can be checked without systemd. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';

const FILE = fileURLToPath(new URL('../../../scripts/systemd/trigon.service', import.meta.url));

type Line = { readonly section: string; readonly name: string; readonly value: string };

/** As systemd.syntax(7) has it: sections, comments, `Name=value`. @throws on any other line */
function readUnit(text: string): Line[] {
  const lines: Line[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const title = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, name, value] = /^([A-Z]\w*)=(.+)$/.exec(line) ?? [];
    if (title !== undefined) section = title;
    else if (name !== undefined && value !== undefined) lines.push({ section, name, value });
    else throw new Error(`what is this: ${line}`);
  }
  return lines;
}

const unit = readUnit(readFileSync(FILE, 'utf8'));
const valuesOf = (name: string) =>
  unit.filter((line) => line.name === name).map(({ value }) => value);

/** Of systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5) and systemd.resource-control(5). */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Unit: [
    ...['Description', 'Documentation', 'After'],
    ...['StartLimitIntervalSec', 'StartLimitBurst'],
  ],
  Service: [
    ...['Type', 'ExecStart', 'KillMode', 'TimeoutStopSec', 'Restart', 'RestartSec'],
    ...['RestartPreventExitStatus', 'RuntimeDirectory', 'RuntimeDirectoryMode'],
    ...['RuntimeDirectoryPreserve', 'UMask', 'OOMScoreAdjust', 'MemoryMax', 'TasksMax'],
    ...['LimitNOFILE', 'LimitMEMLOCK', 'CapabilityBoundingSet', 'NoNewPrivileges'],
    ...['ProtectSystem', 'RestrictRealtime'],
  ],
  Install: ['WantedBy'],
};

test('every line is a setting of its section, given once but for lists', () => {
  for (const { section, name } of unit) expect(KNOWN[section], section).toContain(name);
  const names = unit.map(({ name }) => name).filter((name) => name !== 'CapabilityBoundingSet');
  expect(new Set(names).size).toBe(names.length);
});

test('what it starts is a command line of ours: the headless agent', () => {
  const [start = ''] = valuesOf('ExecStart');
  const [program, ...args] = start.split(' ');
  expect(program).toMatch(/^\/.*\/bin\/trigon\.mjs$/);
  expect(parseCommandLine([...args, '--config', 'none']).name).toBe('agent');
});

test('it is asked to end by its launcher alone, which has more time for it than it gives', () => {
  expect(valuesOf('KillMode')).toEqual(['mixed']);
  expect(valuesOf('TimeoutStopSec')).toEqual(['15s']);
});

test('what the addon and the agent need is not taken away', () => {
  const held = valuesOf('CapabilityBoundingSet').join(' ').split(' ');
  expect(new Set(held).size).toBe(held.length);
  for (const name of ['BPF', 'PERFMON', 'SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'KILL', 'SETUID'])
    expect(held).toContain(`CAP_${name}`);
});
