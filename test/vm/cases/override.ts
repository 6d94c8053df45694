/**
 * Override of system calls: the call has no effect and its caller sees the errno, by whatever way the kernel has. Each deed is done
 * three times: by the victim while the policy monitors, by the victim while it enforces, and by a bystander then.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../../driver/command.ts';
import { until } from '../../driver/until.ts';
import { outcomeOf } from '../../kernel/stage.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import { MODULE, moduleFile } from '../dummyModule.ts';
import { BUSYBOX } from '../ground.ts';
import { type Done, doDeed } from '../victim.ts';

/** EBADFD: no file system or network has a use for it. */
const REFUSED = 77;

type Deed = {
  /** As the case is called. */
  name: string;
  call: string;
  /** Only calls on the place's file: the victim has others to make too. */
  file?: true;
  /** What must be there before the deed; a folder that is this time's alone. */
  prepare?(place: string): void | Promise<void>;
  words(place: string): string[];
  hadEffect(place: string, done: Done): boolean | Promise<boolean>;
};

const at = (place: string, name = 'it') => join(place, name);
const makeFile = (place: string) => writeFileSync(at(place), 'original');
const makeFolder = (place: string) => mkdirSync(at(place));
const prints = (text: string) => (_place: string, done: Done) => done.stdout.includes(text);
const returnsDescriptor = (_place: string, { result }: Done) => result !== undefined && result >= 0;

const deeds: readonly Deed[] = [
  {
    name: 'open',
    call: 'sys_openat',
    prepare: makeFile,
    words: (place) => ['open', at(place)],
    hadEffect: returnsDescriptor,
  },
  {
    name: 'open with O_CREAT',
    call: 'sys_openat',
    words: (place) => ['create', at(place)],
    hadEffect: (place) => existsSync(at(place)),
  },
  {
    name: 'read',
    call: 'sys_read',
    file: true,
    prepare: makeFile,
    words: (place) => ['read', at(place)],
    hadEffect: prints('original'),
  },
  {
    name: 'write',
    call: 'sys_write',
    file: true,
    prepare: makeFile,
    words: (place) => ['write', at(place), 'more'],
    hadEffect: (place) => readFileSync(at(place), 'utf8') !== 'original',
  },
  {
    name: 'unlink',
    call: 'sys_unlink',
    prepare: makeFile,
    words: (place) => ['unlink', at(place)],
    hadEffect: (place) => !existsSync(at(place)),
  },
  {
    name: 'rename',
    call: 'sys_rename',
    prepare: makeFile,
    words: (place) => ['rename', at(place), at(place, 'new')],
    hadEffect: (place) => existsSync(at(place, 'new')),
  },
  {
    name: 'link',
    call: 'sys_link',
    prepare: makeFile,
    words: (place) => ['link', at(place), at(place, 'new')],
    hadEffect: (place) => existsSync(at(place, 'new')),
  },
  {
    name: 'linkat',
    call: 'sys_linkat',
    prepare: makeFile,
    words: (place) => ['linkat', at(place), at(place, 'new')],
    hadEffect: (place) => existsSync(at(place, 'new')),
  },
  {
    name: 'symlink',
    call: 'sys_symlink',
    words: (place) => ['symlink', '/nowhere', at(place)],
    hadEffect: (place) => lstatSync(at(place), { throwIfNoEntry: false }) !== undefined,
  },
  {
    name: 'symlinkat',
    call: 'sys_symlinkat',
    words: (place) => ['symlinkat', '/nowhere', at(place)],
    hadEffect: (place) => lstatSync(at(place), { throwIfNoEntry: false }) !== undefined,
  },
  {
    name: 'mkdir',
    call: 'sys_mkdir',
    words: (place) => ['mkdir', at(place)],
    hadEffect: (place) => existsSync(at(place)),
  },
  {
    name: 'chmod',
    call: 'sys_chmod',
    prepare: makeFile,
    words: (place) => ['chmod', at(place)],
    hadEffect: (place) => (statSync(at(place)).mode & 0o777) === 0o600,
  },
  {
    name: 'mount',
    call: 'sys_mount',
    prepare: makeFolder,
    words: (place) => ['mount', at(place)],
    hadEffect(place) {
      const isMounted = readFileSync('/proc/self/mounts', 'utf8').includes(` ${at(place)} `);
      if (isMounted) execFileSync('umount', [at(place)]);
      return isMounted;
    },
  },
  {
    name: 'ptrace',
    call: 'sys_ptrace',
    words: () => ['ptrace'],
    hadEffect: prints('tracer yes'),
  },
  { name: 'kill', call: 'sys_kill', words: () => ['kill'], hadEffect: prints('child killed') },
  {
    name: 'bind',
    call: 'sys_bind',
    words: () => ['bind', '127.0.0.1', '0'],
    hadEffect: (_place, { stdout }) => /^port [1-9]/m.test(stdout),
  },
  {
    name: 'setuid',
    call: 'sys_setuid',
    words: () => ['setuid', '1000'],
    hadEffect: prints('uid 1000'),
  },
  {
    name: 'execve',
    call: 'sys_execve',
    // A program of another name: the victim's own start is an execve too.
    prepare: (place) => writeFileSync(at(place), '#!/bin/echo ran\n', { mode: 0o755 }),
    words: (place) => ['execve', at(place), 'x'],
    hadEffect: prints('ran'),
  },
  {
    name: 'load a module',
    call: 'sys_finit_module',
    async prepare(place) {
      await run(BUSYBOX, ['rmmod', MODULE]);
      writeFileSync(at(place), moduleFile());
    },
    words: (place) => ['finit-module', at(place)],
    hadEffect: () => readFileSync('/proc/modules', 'utf8').includes(`${MODULE} `),
  },
  { name: 'bpf', call: 'sys_bpf', words: () => ['bpf'], hadEffect: returnsDescriptor },
];

const spec = ({ call, file }: Deed, victim: string): object => ({
  kprobes: [
    {
      ...{ call, syscall: true },
      ...(file && { args: [{ index: 0, type: 'fd' }] }),
      selectors: [
        {
          ...(file && { matchArgs: [{ index: 0, operator: 'Postfix', values: ['/it'] }] }),
          matchBinaries: [{ operator: 'In', values: [victim] }],
          matchActions: [{ action: 'Override', argError: -REFUSED }],
        },
      ],
    },
  ],
});

const overrideCase = (deed: Deed): Case => ({
  name: `Override ${deed.name}`,
  boots: STOCK,
  async run({ victim, folderAt, load, ways }) {
    const program = victim();
    const bystander = victim('bystander');
    const attempt = async (by: string, name: string) => {
      const place = folderAt(`place-${name}`);
      await deed.prepare?.(place);
      const done = await doDeed(by, ...deed.words(place));
      return { done, effect: await deed.hadEffect(place, done) };
    };
    const policy = await load('refuses', spec(deed, program));
    assert.deepEqual(policy.problems, []);

    const watched = await attempt(program, 'watched');
    assert.equal(watched.effect, true, `in monitor mode without effect: ${watched.done.stdout}`);
    await policy.arm();
    const refused = await attempt(program, 'refused');
    assert.deepEqual([refused.done.errno ?? refused.done, refused.effect], [REFUSED, false]);
    const other = await attempt(bystander, 'bystander');
    assert.equal(other.effect, true, `a bystander was refused: ${other.done.stdout}`);

    const outcomes = async ({ done }: typeof watched) => [
      ...new Set((await policy.hitsOf(done)).map((hit) => outcomeOf(hit).outcome)),
    ];
    assert.deepEqual(await outcomes(watched), ['withheld']);
    assert((await outcomes(refused)).includes('applied'), 'no event says that it was refused');
    assert.deepEqual(await outcomes(other), []);
    return { refused: { deed: deed.name, call: deed.call, ways: ways() } };
  },
});

/** Connections to it come in the order in which they were accepted: a last one of our own says that those before are all there. */
const connectCase: Case = {
  name: 'Override connect',
  boots: STOCK,
  async run(ground) {
    const accepted: (number | undefined)[] = [];
    const server = createServer((connection) => {
      accepted.push(connection.remotePort);
      connection.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const deed: Deed = {
      name: 'connect',
      call: 'sys_connect',
      words: () => ['connect', '127.0.0.1', String(port)],
      async hadEffect() {
        const last = connect(port, '127.0.0.1').on('error', () => {});
        await new Promise((resolve) => last.once('connect', resolve));
        const own = last.localPort;
        assert(await until(() => accepted.includes(own)));
        return accepted.splice(0).length > 1;
      },
    };
    try {
      return await overrideCase(deed).run(ground);
    } finally {
      server.close();
    }
  },
};

export const OVERRIDE_CASES: readonly Case[] = [...deeds.map(overrideCase), connectCase];
