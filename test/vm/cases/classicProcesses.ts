/** Policies about processes: who started them, who they are and become. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { attempt, attemptAsNobody, type Scenario, told } from './scenario.ts';
import { args, byBinaries, equal, REFUSE, SIGKILL } from './selectors.ts';

const CLONE_NEWNET = 0x4000_0000;
const SSHD = '/usr/sbin/sshd';
const BY_SSHD = '/tmp/by-sshd';
const LOGIN = '1000';

export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'writes of sshd’s children are told of, by followChildren',
    spec: {
      kprobes: [
        {
          ...{ call: 'sys_write', syscall: true, args: args('fd', 'char_buf', 'size_t') },
          selectors: [
            {
              matchBinaries: [{ operator: 'In', values: [SSHD], followChildren: true }],
              matchArgs: [equal(0, BY_SSHD)],
            },
          ],
        },
      ],
    },
    async play({ victim, standIn, ignores, hitsOfProgram }) {
      writeFileSync(BY_SSHD, '');
      const child = victim('child');
      const session = attempt(standIn(SSHD), [
        ...['spawn', '/bin/sh', '-c', `${child} write ${BY_SSHD} x; true`],
      ]);
      await session();
      const hits = (await hitsOfProgram(child)).map(told);
      assert.deepEqual(
        hits.map(({ call, args: [path] }) => [call, path]),
        [['__x64_sys_write', BY_SSHD]],
      );
      await ignores(attempt(child, ['write', BY_SSHD, 'x']));
    },
  },
  {
    name: 'the setuid family is told of, by the loginuid',
    spec: {
      kprobes: ['sys_setuid', 'sys_setgid', 'sys_setreuid', 'sys_setresuid'].map((call) => ({
        ...{ call, syscall: true, args: args('int') },
        data: [{ index: 0, type: 'uint32', source: 'current_task', resolve: 'loginuid.val' }],
        selectors: [{ matchData: [equal(0, LOGIN)] }],
      })),
    },
    async play({ victim, tells, ignores }) {
      const by = victim();
      const logIn = `echo ${LOGIN} > /proc/self/loginuid; exec ${by} setuid 0`;
      assert.deepEqual(await tells(attempt('/bin/sh', ['-c', logIn])), [
        { call: '__x64_sys_setuid', args: [0], data: [Number(LOGIN)] },
      ]);
      await ignores(attempt(by, ['setuid', '0']));
    },
  },
  {
    name: 'setns into a network namespace is killed',
    spec: {
      kprobes: [
        {
          ...{ call: 'sys_setns', syscall: true, args: args('fd', 'int') },
          selectors: [{ matchArgs: [equal(1, String(CLONE_NEWNET))], matchActions: [SIGKILL] }, {}],
        },
      ],
    },
    async play({ victim, kills, tells }) {
      await kills(attempt('/usr/bin/nsenter', ['--net=/proc/1/ns/net', '/bin/true']));
      const enter = attempt(victim(), ['enter-namespace', '/proc/1/ns/uts']);
      const [entered] = await tells(enter);
      assert.deepEqual([entered?.call, entered?.args[1]], ['__x64_sys_setns', 0]);
    },
  },
  {
    name: 'bprm_check_security refuses by the name of the parent',
    spec: {
      lsmhooks: [
        {
          hook: 'bprm_check_security',
          args: [{ index: 0, type: 'string', resolve: 'mm.owner.real_parent.comm' }],
          selectors: [{ matchArgs: [equal(0, 'bad-parent')], matchActions: [REFUSE] }],
        },
      ],
    },
    async play({ victim, policy, agent }) {
      const child = victim('child');
      const spawns = async (parent: string) => {
        const { ended } = await attempt(victim(parent), ['spawn', child, 'say', 'ran'])();
        return ended.stdout.split('\n')[0];
      };
      assert.equal(await spawns('bad-parent'), 'said ran');
      await policy.arm();
      // Status 127, of a program that could not be run.
      assert.equal(await spawns('bad-parent'), `${127 << 8} 0`);
      assert.equal(await spawns('good-parent'), 'said ran');
      await agent.catchUp();
      const { counts } = await policy.status();
      assert.deepEqual([counts.wouldAct, counts.overridden], [1, 1]);
    },
  },
  {
    name: 'bprm_check_security tells the name of the grandparent',
    spec: {
      lsmhooks: [
        {
          hook: 'bprm_check_security',
          args: [{ index: 0, type: 'string', resolve: 'mm.owner.real_parent.real_parent.comm' }],
        },
      ],
    },
    example: 'tracingpolicy/lsm_track_grandparent.yml',
    async play({ victim, hitsOfProgram }) {
      const parent = victim('parent');
      const words = ['spawn', parent, 'spawn', victim('child'), 'say', 'ran'];
      await attempt(victim('grandparent'), words)();
      // The program that becomes the child is still the parent's.
      assert.deepEqual((await hitsOfProgram(parent)).map(told), [
        { call: 'bprm_check_security', args: ['grandparent'], data: [] },
      ]);
    },
  },
  {
    name: 'who makes a user namespace without rights is killed',
    spec: {
      kprobes: [
        {
          ...{ call: 'create_user_ns', syscall: false, args: args('nop') },
          selectors: [
            {
              matchCapabilities: [
                {
                  ...{ type: 'Effective', operator: 'NotIn', isNamespaceCapability: false },
                  values: ['CAP_SYS_ADMIN'],
                },
              ],
              matchActions: [SIGKILL],
            },
          ],
        },
      ],
    },
    example: 'tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace.yaml',
    async play({ victim, kills, ignores }) {
      const by = victim();
      await kills(attemptAsNobody(by, 'user-namespace'));
      await ignores(attempt(by, ['user-namespace']));
    },
  },
  {
    name: 'an enforcer kills bash that calls dup2',
    spec: {
      lists: [{ name: 'dups', type: 'syscalls', values: ['sys_dup', 'sys_dup2'] }],
      enforcers: [{ calls: ['list:dups'] }],
      tracepoints: [
        {
          ...{ subsystem: 'raw_syscalls', event: 'sys_enter' },
          args: [{ index: 4, type: 'syscall64' }],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'InMap', values: ['list:dups'] }],
              matchBinaries: byBinaries('/usr/bin/bash'),
              matchActions: [{ action: 'NotifyEnforcer', argError: -1, argSig: 9 }],
            },
          ],
        },
      ],
    },
    example: 'tracingpolicy/killer.yaml',
    async play({ kills, ignores }) {
      const words = ['-c', 'exec 7>&1; echo said >/dev/null'];
      await kills(attempt('/usr/bin/bash', words));
      await ignores(attempt('/bin/sh', words));
    },
  },
];
