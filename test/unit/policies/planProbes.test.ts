import { describe, expect, test } from 'vitest';
import type { HookPlan } from '../../../src/policies/plan.ts';
import { hookOf, on, planned, refusalsOf, warnings } from './planHost.ts';

const tracepoint = (event: string, ...args: string[]) => {
  const [subsystem, name] = event.split('/');
  return [
    '  tracepoints:',
    `  - subsystem: ${subsystem}`,
    `    event: ${name}`,
    ...(args.length > 0 ? ['    args:', ...args.map((line) => `    - {${line}}`)] : []),
  ].join('\n');
};
const raw = (event: string, ...args: string[]) => `${tracepoint(event, ...args)}\n    raw: true`;

const values = ({ values: all }: HookPlan) =>
  all.map(
    ({ type, input, offset, flags, declared }) =>
      `${type?.replace('TG_TYPE_', '')}@${input}+${offset}${flags.map((flag) => ` ${flag.replace('TG_VALUE_', '').toLowerCase()}`).join('')} (${declared})`,
  );

describe('tracepoints', () => {
  test('types that the policy leaves open', () => {
    expect(values(hookOf(tracepoint('sched/sched_process_exec', 'index: 4', 'index: 5')))).toEqual([
      'DATA_LOC@0+8 (data_loc)',
      'S32@0+12 in_place (int32)',
    ]);
    expect(values(hookOf(tracepoint('task/task_rename', 'index: 5', 'index: 7')))).toEqual([
      'CONST_BUF@0+12 (const_buf)',
      'S16@0+44 in_place (int16)',
    ]);
    expect(
      values(hookOf(tracepoint('syscalls/sys_enter_openat', 'index: 5', 'index: 6', 'index: 8'))),
    ).toEqual([
      'S32@0+16 in_place (int32)',
      'STRING@3+0 user (string)',
      'U16@0+40 in_place (uint16)',
    ]);
  });

  test('types that the policy gives', () => {
    const write = 'syscalls/sys_enter_write';
    const hook = hookOf(
      tracepoint(write, 'index: 5, type: fd', 'index: 6, type: char_buf, sizeArgIndex: 8'),
    );
    expect(values(hook)).toEqual(['FD@2+0 (fd)', 'CHAR_BUF@3+0 user (char_buf)']);
    expect(hook.values[1]?.sizeInput).toBe(4);
    expect(refusalsOf(tracepoint(write, 'index: 6, type: char_buf'))[0]).toContain(
      'needs sizeArgIndex',
    );
  });

  test('the number of a system call, and its arguments as an array', () => {
    expect(
      values(hookOf(tracepoint('raw_syscalls/sys_enter', 'index: 4, type: syscall64', 'index: 5'))),
    ).toEqual([
      'SYSCALL64@0+8 in_place (syscall64)',
      ...[16, 24, 32, 40].map((offset) => `SIZE@0+${offset} in_place (size_t)`),
    ]);
    expect(warnings(tracepoint('raw_syscalls/sys_enter', 'index: 4', 'index: 5'))).toContainEqual(
      expect.stringContaining('an array has 2 more values than fit'),
    );
  });

  test('a filter on a type left open is read when it is known', () => {
    const spec = (values_: string) =>
      `${tracepoint('sched/sched_process_exec', 'index: 5')}\n    selectors: [{matchArgs: [{index: 0, operator: Equal, values: [${values_}]}]}]`;
    expect(hookOf(spec('"0x10"')).selectors[0]?.matchArgs[0]?.values).toEqual({
      kind: 'ranges',
      ranges: [[16n, 16n]],
    });
    expect(refusalsOf(spec('abc'))[0]).toContain('"abc" is not a whole number');
  });

  test('refusals', () => {
    expect(refusalsOf(tracepoint('no/such'))[0]).toContain('no such tracepoint');
    expect(refusalsOf(tracepoint('task/task_rename', 'index: 9'))[0]).toContain(
      'fields 0 to 7: 0 common_type',
    );
    expect(refusalsOf(tracepoint('task/task_rename', 'index: 3'))[0]).toContain(
      "belongs to the record's head",
    );
    expect(refusalsOf(tracepoint('sock/inet_sock_set_state', 'index: 7'))[0]).toContain(
      'cannot handle a field of type __u8[4] (saddr)',
    );
    expect(values(hookOf(tracepoint('sock/inet_sock_set_state', 'index: 4, type: sock')))).toEqual([
      'SOCK@1+0 (sock)',
    ]);
  });

  test('raw ones have C arguments', () => {
    const exec = 'sched/sched_process_exec';
    expect(
      values(hookOf(raw(exec, 'index: 1, type: int', 'index: 2, type: linux_binprm'))),
    ).toEqual(['INT@1+0 (int)', 'LINUX_BINPRM@2+0 (linux_binprm)']);
    const resolved = hookOf(raw(exec, 'index: 2, type: file, resolve: file'));
    expect(resolved.values[0]).toMatchObject({
      type: 'TG_TYPE_FILE',
      input: 2,
      steps: [64],
      offset: 0,
    });
    expect(refusalsOf(raw(exec, 'index: 3, type: int'))[0]).toContain(
      'arguments 0 to 2: struct task_struct *',
    );
    expect(refusalsOf(raw('no/such', 'index: 0, type: int'))[0]).toContain('no such tracepoint');
    expect(warnings(raw(exec, 'index: 2, type: sock'))).toContainEqual(
      expect.stringContaining('is struct linux_binprm *, read as sock'),
    );
  });
});

describe('programs', () => {
  const uprobe = (...more: string[]) =>
    ['  uprobes:', '  - path: /bin/bash', ...more.map((line) => `    ${line}`)].join('\n');

  test('symbols, offsets and addresses: a point each', () => {
    const attachments = (spec: string) => hookOf(spec).points.map(({ attachment }) => attachment);
    expect(attachments(uprobe('symbols: [readline, "main+0x10"]'))).toMatchObject([
      {
        kind: 'uprobe',
        path: '/bin/bash',
        symbol: 'readline',
        offset: 0n,
        address: undefined,
        returns: false,
      },
      { symbol: 'main', offset: 16n },
    ]);
    expect(attachments(uprobe('offsets: [4096]', 'refCtrOffsets: [8]'))).toMatchObject([
      { symbol: undefined, offset: 4096n, address: undefined, refCtrOffset: 8n },
    ]);
    expect(attachments(uprobe('addrs: [4096]'))).toMatchObject([
      { symbol: undefined, offset: 0n, address: 4096n },
    ]);
  });

  test('values and the result', () => {
    const hook = hookOf(
      uprobe(
        'symbols: [readline]',
        'args:',
        '- {index: 0, type: string}',
        '- {index: 1, type: int64}',
        'return: true',
        'returnArg: {index: 0, type: string}',
        'data:',
        '- {index: 0, type: uint64, source: pt_regs, resolve: rsi}',
      ),
    );
    expect(values(hook)).toEqual([
      'STRING@0+0 user (string)',
      'INT@1+0 (int64)'.replace('INT', 'S64'),
      'U64@1+0 (uint64)',
    ]);
    expect(hook.returnValue).toMatchObject({ type: 'TG_TYPE_STRING', input: 'TG_INPUT_RETURN' });
    expect(hook.points[0]?.attachment).toMatchObject({ returns: true });
  });

  test('structs of the program need its BTF', () => {
    const spec = (...more: string[]) =>
      uprobe(
        'symbols: [main]',
        ...more,
        'args:',
        '- {index: 0, type: uint64, btfType: clone_args, resolve: flags}',
      );
    expect(refusalsOf(spec())[0]).toContain('btfPath');
    expect(values(hookOf(spec('btfPath: /tmp/x.btf')))).toEqual(['U64@0+0 user in_place (uint64)']);
  });

  test('refusals', () => {
    expect(refusalsOf(uprobe('symbols: [main]', 'args:', '- {index: 0, type: file}'))[0]).toContain(
      "the kernel's file",
    );
    expect(refusalsOf(uprobe('symbols: [main]').replace('/bin/bash', '/nowhere/x'))[0]).toContain(
      'there is no file /nowhere/x',
    );
    expect(refusalsOf(uprobe('symbols: [main]'), on({ uprobes: false }))[0]).toContain(
      'uprobes can’t be attached',
    );
    expect(
      refusalsOf(
        uprobe('symbols: [main]', 'selectors: [{matchActions: [{action: Override, argError: 1}]}]'),
      )[0],
    ).toContain('not possible in this version');
  });

  test('a library that lies elsewhere here', () => {
    const spec = uprobe('symbols: [malloc]').replace('/bin/bash', '/lib64/libc.so.6');
    const plan = planned(spec);
    expect(plan.hooks[0]?.points[0]?.attachment).toMatchObject({
      path: '/usr/lib/x86_64-linux-gnu/libc.so.6',
    });
    expect(plan.warnings[0]?.message).toContain('is taken instead');
  });

  test('usdt', () => {
    const hook = hookOf(
      '  usdts:\n  - path: /bin/bash\n    provider: p\n    name: n\n    args: [{index: 0, type: int32}]',
    );
    expect(hook.points[0]?.attachment).toEqual({
      kind: 'usdt',
      path: '/bin/bash',
      provider: 'p',
      name: 'n',
    });
    expect(values(hook)).toEqual(['S32@0+0 (int32)']);
  });
});
