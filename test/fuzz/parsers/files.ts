/** Files and texts of processes and of the host: executables, what /proc tells, the state of containers. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readSandbox,
  readSandboxOf,
  readStatus,
} from '../../../src/agent/enrichment/criMessages.ts';
import { parseJson } from '../../../src/agent/enrichment/json.ts';
import { readPods } from '../../../src/agent/enrichment/pods.ts';
import { readDocker } from '../../../src/agent/enrichment/stateFiles.ts';
import { readBuildId } from '../../../src/agent/loader/buildId.ts';
import { readFileSymbols } from '../../../src/agent/symbols/elfSymbols.ts';
import { functionOffset } from '../../../src/agent/symbols/functionOffset.ts';
import { findMapping, parseMemoryMap } from '../../../src/agent/symbols/memoryMap.ts';
import { usdtArguments } from '../../../src/agent/symbols/usdtNotes.ts';
import { cgroupOwner } from '../../../src/events/wire/container.ts';
import { readEnvironment } from '../../../src/events/wire/processDetail.ts';
import { type Area, allowing, oneOf } from './area.ts';
import { elfFile } from './elfFile.ts';
import { changedJson, changedLines } from './mutate.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'program');

/** A name of a symbol is shown beside its offset: one that fills the screen was made for that. */
const MOST_NAME = 4096;

function checkName(name: string | undefined): void {
  if (name !== undefined && name.length > MOST_NAME)
    throw new Error(`a symbol's name has ${name.length} characters`);
}

const elf: Area = {
  name: 'elf',
  seeds: () => [elfFile('complete'), elfFile('exported'), elfFile('go')],
  check(input) {
    writeFileSync(program, input);
    // The readers say that they throw an Error, and of what is no ELF file what open(2) says.
    const refuses = oneOf(Error);
    const symbols = allowing(refuses, () => readFileSymbols(program));
    if (symbols) for (const at of [0, 400, 700, 1000, 2 ** 40]) checkName(symbols.find(at)?.name);
    allowing(refuses, () => functionOffset(program, 'helper'));
    allowing(refuses, () => functionOffset(program, 'main@V1'));
    allowing(refuses, () => usdtArguments(program, 'p', 'n'));
    const fd = openSync(program, 'r');
    try {
      const id = readBuildId(fd);
      if (id && (id.length === 0 || id.length > 64)) throw new Error(`a build id of ${id.length}`);
    } finally {
      closeSync(fd);
    }
  },
};

const MAPS = [
  '55d1c0a00000-55d1c0a02000 r-xp 00002000 fe:00 339380                     /usr/bin/cat',
  '7f5e2c000000-7f5e2c021000 rw-p 00000000 00:00 0 ',
  '7ffd5a7f2000-7ffd5a7f4000 r-xp 00000000 00:00 0                          [vdso]',
  '7f0000000000-7f0000001000 r-xp 00000000 00:1c 7   /memfd:a\\012b (deleted)',
].join('\n');

/** Texts of /proc/PID: a process chooses names, arguments and mappings itself. */
const procfs: Area = {
  name: 'procfs',
  seeds: () => [
    Buffer.from(MAPS),
    Buffer.from('PATH=/bin:/sbin\0EMPTY=\0=odd\0novalue\0'),
    Buffer.from(`docker-${'a1'.repeat(32)}.scope`),
  ],
  make: changedLines,
  check(input) {
    const text = input.toString('utf8');
    const mappings = parseMemoryMap(text);
    findMapping(mappings, 0x7f00_0000_0010n);
    const variables = readEnvironment(input);
    if (variables.length > input.length) throw new Error('more variables than bytes');
    cgroupOwner(text);
  },
};

const ID = 'a1'.repeat(32);
const STATE = {
  Name: '/web',
  Image: `sha256:${'e'.repeat(64)}`,
  State: { StartedAt: '2026-03-01T08:00:01.25Z' },
  Config: {
    Image: 'nginx:1.27',
    Labels: {
      'io.kubernetes.pod.name': 'web-1',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.container.name': 'nginx',
      app: 'shop',
    },
  },
};
const PODS = {
  items: [
    {
      metadata: {
        ...{
          name: 'web-7d-x',
          namespace: 'shop',
          uid: '1-2',
          labels: { 'pod-template-hash': '7d' },
        },
        ownerReferences: [{ controller: true, kind: 'ReplicaSet', name: 'web-7d' }],
      },
      status: {
        containerStatuses: [
          {
            ...{ name: 'nginx', image: 'nginx:1', imageID: 'x', containerID: `containerd://${ID}` },
            state: { running: { startedAt: '2026-03-01T08:00:01Z' } },
          },
        ],
      },
    },
  ],
};

/** What is kept of one container. */
const MOST_KEPT = 64 << 10;

const containers: Area = {
  name: 'containers',
  seeds: () => [Buffer.from(JSON.stringify(STATE)), Buffer.from(JSON.stringify(PODS))],
  make: changedJson,
  check(input) {
    const value = parseJson(input.toString('utf8'));
    for (const fact of [readDocker(ID, value), ...readPods(value).values()]) {
      if (!/^[0-9a-f]{64}$/.test(fact.id)) throw new Error('an id that is none');
      const size = JSON.stringify(fact).length;
      if (size > MOST_KEPT) throw new Error(`${size} characters are kept of one container`);
    }
  },
};

/** A ContainerStatusResponse by hand: what is inside a length of less than 128. */
const inside = (field: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, content.length]), content]);
const CRI = inside(
  1,
  Buffer.concat([
    inside(1, Buffer.from(ID.slice(0, 40))),
    inside(2, inside(1, Buffer.from('nginx'))),
    Buffer.from([0x28, 0x80, 0x80, 0x80, 0x01]),
    inside(12, Buffer.concat([inside(1, Buffer.from('app')), inside(2, Buffer.from('shop'))])),
  ]),
);

const cri: Area = {
  name: 'cri',
  seeds: () => [CRI],
  check(input) {
    // "What is no such message throws": protobufjs throws RangeError and Error for bytes.
    const refuses = oneOf(Error, RangeError);
    allowing(refuses, () => readStatus(input));
    allowing(refuses, () => readSandbox(input));
    allowing(refuses, () => readSandboxOf(input, ID));
  },
};

export const FILE_AREAS: readonly Area[] = [elf, procfs, containers, cri];
