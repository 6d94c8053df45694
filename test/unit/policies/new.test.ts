import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/events/text.ts';
import type { KprobeHook, TracingPolicy } from '../../../src/policies/model.ts';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { newPolicy, type PolicyWish } from '../../../src/policies/new.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';

const NOTHING: PolicyWish = {
  name: undefined,
  message: undefined,
  paths: [],
  read: false,
  write: false,
  exec: false,
  connect: false,
  bind: false,
  listen: false,
  cidrs: [],
  notCidrs: [],
  ports: [],
  syscalls: [],
  args: [],
  returns: undefined,
  users: [],
  binaries: [],
  notBinaries: [],
  followChildren: false,
  kill: false,
  deny: false,
  rateLimit: undefined,
};

const host = {
  uidOf: (name: string) => ({ root: 0, www: 33 })[name],
  resolve: (path: string) =>
    path.startsWith('/bin/') ? `/usr${path}`.replace(/\/$/, '') : undefined,
};

const write = (wish: Partial<PolicyWish>) => newPolicy({ ...NOTHING, ...wish }, host);

/** The policy as it is read back. */
function readBack(
  wish: Partial<PolicyWish>,
): Omit<TracingPolicy, 'hooks'> & { hooks: KprobeHook[] } {
  const { text, errors } = write(wish);
  if (!text) throw new Error(errors?.join('\n'));
  const parsed = parsePolicies(text, 'new.yaml');
  if (parsed.errors) throw new Error(`${parsed.errors.map(formatPolicyError).join('\n')}\n${text}`);
  const [policy, ...others] = parsed.policies;
  if (!policy || others.length > 0) throw new Error('not one policy');
  const hooks = policy.hooks.filter((hook): hook is KprobeHook => hook.kind === 'kprobe');
  expect(hooks).toHaveLength(policy.hooks.length);
  return { ...policy, hooks };
}

describe('what is written reads back', () => {
  const subjects: Partial<PolicyWish>[] = [
    { paths: ['/etc/shadow'], write: true },
    { paths: ['/etc/shadow', '/etc/ssh/'], read: true },
    { paths: ['/a"b\\c$\u007bd}\u202e é'], read: true, write: true },
    { paths: ['/srv/'], read: true, write: true, exec: true },
    { exec: true },
    { paths: ['/tmp/', '/usr/bin/nc'], exec: true },
    { connect: true },
    { connect: true, notCidrs: ['10.0.0.0/8', 'fd00::/8', '127.0.0.1'] },
    { connect: true, cidrs: ['0.0.0.0/0'], notCidrs: ['10.0.0.0/8'], ports: ['80', '8000-8099'] },
    { bind: true, ports: ['1-1023'] },
    { listen: true, cidrs: ['0.0.0.0'], ports: ['22'] },
    { connect: true, bind: true, listen: true, ports: ['31337'] },
    { syscalls: ['ptrace'], args: ['0=16', '0=0x4206'] },
    { syscalls: ['ptrace'], returns: 'EPERM' },
    { syscalls: ['openat'], args: ['1=/etc/', '1=/etc/passwd', '2&0x241'], returns: 'failure' },
    { syscalls: ['openat'], args: ['1!=/etc/hosts', '2=0:3'] },
    { syscalls: ['mount', 'umount2', 'pivot_root'], returns: 'success' },
    { syscalls: ['write'], args: ['0=1'] },
    { syscalls: ['io_uring_register'], args: ['0=3', '1!=2'] },
    { syscalls: ['__x64_sys_bpf', 'sys_setuid'], returns: '-4095:-1' },
  ];
  const whos: Partial<PolicyWish>[] = [
    {},
    { users: ['!root'] },
    { users: ['www', '1000-60000'] },
    { binaries: ['/usr/bin/vim'], followChildren: true },
    { binaries: ['/usr/bin/vim', '/opt/'], users: ['!root', '!1000'] },
    { notBinaries: ['/usr/sbin/sshd', '/bin/login'] },
    { notBinaries: ['/usr/'] },
  ];
  const actions: Partial<PolicyWish>[] = [
    {},
    { kill: true },
    { deny: true },
    { kill: true, deny: true, rateLimit: '1m' },
    { message: 'somebody’s "key" $\u007bx}' },
  ];

  test.each(subjects)('%j', (subject) => {
    let count = 0;
    for (const who of whos)
      for (const action of actions) {
        const wish = { ...subject, ...who, ...action };
        if (subject.returns !== undefined && (wish.deny || wish.rateLimit)) continue;
        const policy = readBack(wish);
        count++;
        for (const hook of policy.hooks) {
          // As the language has messages: quoted as in Go, without the quotes.
          expect(hook.message).toBe(wish.message && quote(wish.message).slice(1, -1));
          for (const selector of hook.selectors) {
            const done = [...selector.actions, ...selector.returnActions].map((one) => one.action);
            expect(done.includes('Sigkill')).toBe(wish.kill === true);
            expect(done.includes('Override')).toBe(wish.deny === true);
            expect(selector.matchData.length).toBe(wish.users ? 1 : 0);
          }
          if (wish.kill || wish.deny) expect(hook.selectors.length).toBeGreaterThan(0);
        }
        expect(policy.options.disableKprobeMulti).toBe(
          wish.deny === true && policy.hooks.some(({ call }) => call.startsWith('security_')),
        );
      }
    expect(count).toBeGreaterThanOrEqual(21);
  });
});

describe('what it says', () => {
  test('writes to a file by anybody but root', () => {
    const policy = readBack({ paths: ['/etc/shadow'], write: true, users: ['!root'], kill: true });
    expect(policy.name).toBe('shadow-writes');
    expect(policy.hooks.map(({ call, syscall }) => [call, syscall])).toEqual([
      ['security_file_permission', false],
      ['security_mmap_file', false],
      ['security_path_truncate', false],
    ]);
    const [selector] = policy.hooks[0]?.selectors ?? [];
    expect(selector?.matchArgs.map(({ operator, values }) => [operator, values])).toEqual([
      ['Equal', { kind: 'texts', texts: ['/etc/shadow'] }],
      ['Equal', { kind: 'ranges', ranges: [[2n, 2n]] }],
    ]);
    expect(selector?.matchData).toMatchObject([
      { operator: 'NotInRange', values: { kind: 'ranges', ranges: [[0n, 0n]] } },
    ]);
    expect(policy.hooks[0]?.data).toMatchObject([
      { source: 'current_task', resolve: ['cred', 'uid', 'val'] },
    ]);
  });

  test('names and links are resolved, and a comment says what they were', () => {
    const { text } = write({ exec: true, binaries: ['/bin/sh'], users: ['www'] });
    expect(text).toContain('- "/usr/bin/sh" # what /bin/sh leads to');
    expect(text).toContain('- "33:33" # www');
  });

  test('denying hooks on what the kernel heeds', () => {
    expect(readBack({ connect: true }).hooks[0]?.call).toBe('tcp_connect');
    expect(readBack({ connect: true, deny: true }).hooks[0]?.call).toBe('security_socket_connect');
    expect(readBack({ listen: true }).hooks[0]?.call).toBe('inet_csk_listen_start');
    expect(readBack({ listen: true, deny: true }).hooks[0]?.call).toBe('security_socket_listen');
    expect(readBack({ bind: true }).hooks[0]?.call).toBe('security_socket_bind');
  });

  test('a result: the event waits for it, and the action too', () => {
    const [hook] = readBack({ syscalls: ['ptrace'], returns: 'EPERM', kill: true }).hooks;
    expect(hook).toMatchObject({ return: true, returnArg: { type: 'int64' } });
    const [selector] = hook?.selectors ?? [];
    expect(selector?.actions).toEqual([]);
    expect(selector?.returnActions).toMatchObject([{ action: 'Sigkill' }]);
    expect(selector?.matchReturnArgs).toMatchObject([
      { operator: 'Equal', values: { ranges: [[-1n, -1n]] } },
    ]);
  });

  test('arguments of system calls have the types and names of the kernel', () => {
    const [hook] = readBack({ syscalls: ['openat'] }).hooks;
    expect(hook?.args.map(({ index, type, label }) => [index, type, label])).toEqual([
      [0, 'int', 'dfd'],
      [1, 'string', 'filename'],
      [2, 'int', 'flags'],
      [3, 'uint16', 'mode'],
    ]);
    expect(readBack({ syscalls: ['read'] }).hooks[0]?.args.map(({ type }) => type)).toEqual([
      'fd',
      'uint64',
    ]);
  });

  test('no comment can be ended from outside', () => {
    const { text = '' } = write({ paths: ['/a\nkind: x'], read: true, message: 'x\ny: z' });
    for (const line of text.split('\n')) expect(line).toMatch(/^ *(#|- |\w+:)|^$/);
    expect(text).not.toMatch(/^kind: x|^y: z/m);
  });

  test.each([
    [{ paths: ['/srv/www/'], read: true, write: true }, 'www-accesses'],
    [{ paths: ['/'], read: true }, 'root-reads'],
    [{ paths: ['/x/Ünïcode file.TXT'], exec: true }, 'n-code-file-txt-starts'],
    [{ exec: true }, 'program-starts'],
    [{ connect: true }, 'outgoing-connections'],
    [{ syscalls: ['sys_ptrace'] }, 'ptrace-calls'],
    [{ syscalls: ['__x64_sys_bpf'] }, 'bpf-calls'],
    [{ exec: true, name: 'my.policy' }, 'my.policy'],
  ] as [Partial<PolicyWish>, string][])('%j is called %s', (wish, name) => {
    expect(readBack(wish).name).toBe(name);
  });
});

describe('what does not go together', () => {
  test.each([
    [{}, 'what shall it watch?'],
    [{ paths: ['/etc/shadow'] }, '--path needs --read, --write or --exec'],
    [{ read: true }, '--read and --write need --path'],
    [{ exec: true, connect: true }, 'are three policies'],
    [{ syscalls: ['ptrace'], bind: true }, 'are three policies'],
    [{ exec: true, ports: ['80'] }, '--cidr, --not-cidr and --port need'],
    [{ exec: true, args: ['0=1'] }, '--arg and --return need --syscall'],
    [{ syscalls: ['a', 'b'], args: ['0=1'] }, '--arg needs exactly one --syscall'],
    [{ exec: true, binaries: ['/a'], notBinaries: ['/b'] }, 'exclude each other'],
    [{ exec: true, followChildren: true }, 'whose children?'],
    [{ exec: true, followChildren: true, binaries: ['/opt/'] }, 'not with folders'],
    [{ exec: true, notBinaries: ['/opt/', '/bin/x'] }, 'do not fit into one filter'],
    [{ syscalls: ['ptrace'], returns: '0', deny: true }, '--deny and --return exclude'],
    [{ syscalls: ['ptrace'], returns: '0', rateLimit: '1s' }, '--rate-limit and --return exclude'],
    [{ syscalls: ['ptrace'], returns: 'ENOSUCH' }, '--return must be a number'],
    [{ syscalls: ['nosuchcall'] }, '"nosuchcall" is not a system call'],
    [{ syscalls: ['ptrace'], args: ['9=1'] }, '--arg must be N=VALUE'],
    [{ syscalls: ['ptrace'], args: ['0&x'] }, 'must be a number: a mask'],
    [{ exec: true, rateLimit: 'often' }, '--rate-limit must be a time'],
    [{ exec: true, name: 'My Policy' }, '--name may hold'],
    [{ exec: true, message: 'x' }, '--message must have 2 to 256 bytes'],
    [{ exec: true, message: 'x'.repeat(257) }, '--message must have 2 to 256 bytes'],
    [{ exec: true, paths: ['etc/passwd'] }, '--path must be an absolute path'],
    [{ exec: true, paths: ['/etc/../x'] }, '--path must be an absolute path'],
    [{ exec: true, binaries: ['vim'] }, '--binary must be an absolute path'],
    [{ exec: true, users: ['nobody-here'] }, '"nobody-here" is no user here'],
    [{ exec: true, users: ['9-3'] }, '"9-3" is no user here'],
    [{ exec: true, users: ['root', '!www'] }, 'not both'],
    [{ exec: true, users: ['1', '2', '3', '4', '5'] }, 'at most 4 users'],
    [{ connect: true, cidrs: ['10.0.0.0/33'] }, '--cidr must be an address'],
    [{ connect: true, notCidrs: ['example.org'] }, '--not-cidr must be an address'],
    [{ connect: true, ports: ['http'] }, '--port must be a port'],
    [{ connect: true, ports: ['70000'] }, '--port must be a port'],
    [{ connect: true, ports: ['9-3'] }, '--port must be a port'],
  ] as [Partial<PolicyWish>, string][])('%j', (wish, message) => {
    expect(write(wish).errors?.join('\n')).toContain(message);
  });

  test('everything that is wrong is said at once', () => {
    const { errors } = write({ exec: true, connect: true, users: ['x!'], ports: ['a', 'b'] });
    expect(errors).toHaveLength(4);
  });
});
