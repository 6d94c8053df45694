import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from '../../../src/events/json.ts';
import { createCelCompiler } from '../../../src/events/tetragonFilter/cel.ts';
import { compileFilters, readFilterLists } from '../../../src/events/tetragonFilter/filters.ts';
import { hasProcess } from '../../../src/events/types.ts';

const compiler = createCelCompiler();

const EXEC = decodeEvent(
  JSON.stringify({
    process_exec: {
      process: {
        exec_id: 'x',
        pid: 5,
        uid: 0,
        binary: '/usr/bin/curl',
        arguments: '--token s3cret',
        start_time: '2026-08-21T10:00:00.000000001Z',
        pod: { namespace: 'prod', pod_labels: { app: 'web' } },
        cap: { effective: ['CAP_SYS_ADMIN'] },
        trigon: { argv: ['curl'] },
      },
      parent: { binary: '/bin/sh' },
      ancestors: [{ binary: '/usr/sbin/sshd' }],
    },
    node_name: 'n',
    time: '2026-08-21T10:00:01Z',
  }),
);

const CONNECT = decodeEvent(
  JSON.stringify({
    process_kprobe: {
      process: { exec_id: 'x', pid: 6, binary: '/usr/bin/curl' },
      function_name: 'tcp_connect',
      args: [
        { sock_arg: { daddr: '10.1.2.3', dport: 443, cookie: '18446744073709551615' } },
        { int_arg: -4 },
      ],
      action: 'KPROBE_ACTION_SIGKILL',
      policy_name: 'p',
    },
    node_name: 'n',
    time: '2026-08-21T10:00:01Z',
  }),
);

const JOURNAL = decodeEvent(
  '{"trigon_journal":{"action":"armed","policy":"p","detail":"","via":"screen"},"node_name":"n"}',
);

const of = (source: string) => {
  const matches = compiler.compile(source);
  return [EXEC, CONNECT].map((event) => matches(event));
};

describe('expressions', () => {
  test.each<[source: string, exec: boolean, connect: boolean]>([
    ['process_exec.process.pid == 5u', true, false],
    ['process_exec.process.pid == uint(5) && process_exec.process.pid in [5u, 6u]', true, false],
    ['process_exec.process.uid == 0u', true, false],
    ['has(process_exec.process.uid) && !has(process_exec.process.auid)', true, false],
    ['process_exec.process.auid == null', true, true],
    [
      'process_exec.process.binary.startsWith("/usr/") || process_kprobe.policy_name == "p"',
      true,
      true,
    ],
    ["process_exec.process.arguments.matches('--token\\\\s+\\\\S')", true, false],
    ['process_exec.parent.binary.endsWith("sh")', true, false],
    ['process_exec.ancestors.exists(a, a.binary.contains("sshd"))', true, false],
    ['process_exec.process.pod.pod_labels["app"] == "web"', true, false],
    ['process_exec.process.pod.pod_labels.app == "web"', true, false],
    ['"app" in process_exec.process.pod.pod_labels', true, false],
    ['process_exec.process.pod.namespace in ["prod", "stage"]', true, false],
    [
      'process_exec.process.cap.effective.exists(c, c == CapabilitiesType.CAP_SYS_ADMIN)',
      true,
      false,
    ],
    ['process_exec.process.start_time > timestamp("2026-01-01T00:00:00Z")', true, false],
    ['process_exec.process.binary.lowerAscii().split("/").size() == 4', true, false],
    ['size(process_exec.process.arguments) > 3 ? true : false', true, false],
    ['process_kprobe.args[0].sock_arg.dport == 443u', false, true],
    ['process_kprobe.args[1].int_arg < 0', false, true],
    ['process_kprobe.args[0].sock_arg.cookie == 18446744073709551615u', false, true],
    ['process_kprobe.action == KprobeAction.KPROBE_ACTION_SIGKILL', false, true],
    ['process_kprobe.action == tetragon.KprobeAction.KPROBE_ACTION_SIGKILL', false, true],
    [
      'process_kprobe.args.exists(a, isIP(a.sock_arg.daddr) && cidr("10.0.0.0/8").containsIP(a.sock_arg.daddr))',
      false,
      true,
    ],
    [
      'process_kprobe.args.exists(a, isIP(a.sock_arg.daddr) && !ip(a.sock_arg.daddr).isLoopback())',
      false,
      true,
    ],
    ['process_exec.process.pid > 3u', true, false],
  ])('%s', (source, exec, connect) => {
    expect(of(source)).toEqual([exec, connect]);
  });

  test.each([
    'isIP("1.2.3.4") && isIP("::1") && !isIP("1.2.3") && !isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0")',
    'ip("0:0:0:0:0:0:0:1") == ip("::1") && string(ip("0:0::1")) == "::1"',
    'ip.isCanonical("::1") && !ip.isCanonical("0::1")',
    'ip("127.1.2.3").isLoopback() && ip("::1").isLoopback() && !ip("10.0.0.1").isLoopback()',
    'ip("1.1.1.1").family() == 4 && ip("::").family() == 6',
    'ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified()',
    'ip("169.254.1.1").isLinkLocalUnicast() && ip("fe80::1").isLinkLocalUnicast()',
    'ip("224.0.0.1").isLinkLocalMulticast() && !ip("224.0.1.1").isLinkLocalMulticast()',
    'ip("8.8.8.8").isGlobalUnicast() && ip("10.0.0.1").isGlobalUnicast() && !ip("224.0.0.1").isGlobalUnicast()',
    'isCIDR("10.0.0.0/8") && !isCIDR("10.0.0.0/33") && !isCIDR("10.0.0.0") && !isCIDR("10.0.0.0/08")',
    'cidr("10.0.0.0/8").containsIP(ip("10.9.9.9")) && !cidr("10.0.0.0/8").containsIP("11.0.0.1")',
    'cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16")) && !cidr("10.1.0.0/16").containsCIDR("10.0.0.0/8")',
    '!cidr("::/0").containsIP("1.2.3.4") && cidr("fd00::/8").containsIP("fd00::1")',
    'cidr("10.0.0.1/8").ip() == ip("10.0.0.1") && cidr("10.0.0.1/8").prefixLength() == 8',
    'string(cidr("10.0.0.1/8")) == "10.0.0.1/8"',
  ])('addresses: %s', (source) => {
    expect(of(source)).toEqual([true, true]);
  });

  test('no expression makes texts without end', () => {
    const ten = `.replace('a', 'aaaaaaaaaa')`;
    const grow = `process_exec.process.pid == 5u && 'a'${ten.repeat(9)} != ''`;
    expect(() => compiler.compile(grow)(EXEC)).toThrow(/replace would make a text of more than/);
    const joined = `process_exec.process.pid == 5u && ('a'${ten.repeat(5)}).split('').join('aaaaaaaaaaaa') != ''`;
    expect(() => compiler.compile(joined)(EXEC)).toThrow(/join would make a text of more than/);
    expect(
      of("'a-b'.replace('-', '+').split('+').join('=') == 'a=b' && '%s!'.format(['x']) == 'x!'"),
    ).toEqual([true, true]);
  });

  test('events of every kind in a log', () => {
    const log = readFileSync(new URL('fixtures/recorded-like.jsonl', import.meta.url), 'utf8');
    for (const line of log.trimEnd().split('\n')) {
      const event = decodeEvent(line);
      if (!hasProcess(event)) continue;
      const binary = JSON.stringify(event.process.binary);
      expect([line, compiler.compile(`${event.kind}.process.binary == ${binary}`)(event)]).toEqual([
        line,
        true,
      ]);
    }
  });

  test("Trigon's own event has empty ones in the place of Tetragon's", () => {
    expect(compiler.compile('process_exec.process.binary == ""')(JOURNAL)).toBe(true);
  });
});

describe('what is wrong is said before there is an event', () => {
  test.each<[string, RegExp]>([
    [
      'process_exec.process.pidd == 1u',
      /^line 1, column \d+: Process has no field "pidd"; did you mean pid\?/,
    ],
    ['true &&\n process_exec.process.pidd == 1u', /^line 2, column \d+: Process has no field/],
    ['has(process_exec.process.pidd)', /Process has no field "pidd"/],
    [
      'process_exe.process.pid == 1u',
      /there is no "process_exe.process.pid"; did you mean process_exec\?/,
    ],
    ['foo', /there is no "foo"; there are process_exec, /],
    ['KprobeAction.KPROBE_ACTION_SIGKIL == 3', /there is no "KprobeAction.KPROBE_ACTION_SIGKIL"/],
    [
      'process_kprobe.args.exists(a, a.sock_arg.dportt == 1u)',
      /KprobeSock has no field "dportt"; did you mean dport/,
    ],
    ['process_kprobe.args.exists(a, b == 1)', /there is no "b"/],
    ['process_exec.process.pid', /the expression must be true or false, it is a number/],
    ['process_exec', /must be true or false, it is a ProcessExec/],
    ['1 + 1', /must be true or false/],
    ['process_exec.process.binary', /must be true or false, it is a text/],
    ['process_kprobe.args.map(a, a.int_arg)', /must be true or false, it is a list/],
    ['process_exec.process.pid == "1"', /a number is compared with a text/],
    ['process_exec.process.binary.fooo()', /there is no function "fooo"/],
    ['process_exec.process.pid.matches("x")', /matches is no function of a number/],
    ['process_exec.process.binary.size(1) == 1', /size can't be called like this/],
    ['process_exec.process.binary +', /^no CEL, at line 1, column \d+: /],
    ['', /^no CEL, at line 1, column 1/],
    ['true '.repeat(2000), /more than 8192 characters/],
    [`${'('.repeat(4000)}true${')'.repeat(4000)}`, /nested too deeply/],
    [
      'process_kprobe.args.all(a, process_kprobe.args.all(b, process_kprobe.args.all(c, true)))',
      /nested 2 times at most/,
    ],
  ])('%#', (source, message) => {
    expect(() => compiler.compile(source)).toThrow(message);
  });

  test('with the filter it stands in', async () => {
    const lists = readFilterLists('{"pid":[1]}\n{"cel_expression":["true","x"]}', '');
    await expect(
      compileFilters(lists, { abilities: { credentials: false, ancestors: [] } }),
    ).rejects.toThrow(
      '--export-allowlist, line 2: cel_expression: line 1, column 1: there is no "x"',
    );
  });
});

describe('in a filter', () => {
  const compile = async (expressions: string[], rest: object = {}) => {
    const errors: string[] = [];
    const lists = readFilterLists(JSON.stringify({ cel_expression: expressions, ...rest }), '');
    const { wants } = await compileFilters(lists, {
      abilities: { credentials: false, ancestors: [] },
      onError: (message) => void errors.push(message),
    });
    return { wants, errors };
  };

  test('one of several expressions, together with the other fields', async () => {
    const { wants } = await compile(
      ['process_exec.process.pid == 5u', 'process_kprobe.policy_name == "p"'],
      {
        event_set: ['PROCESS_KPROBE'],
      },
    );
    expect([EXEC, CONNECT, JOURNAL].map(wants)).toEqual([false, true, false]);
  });

  test('an expression that fails on an event does not match it, and says so once', async () => {
    const { wants, errors } = await compile(['process_kprobe.args[7].int_arg == 0']);
    expect([EXEC, CONNECT, CONNECT].map(wants)).toEqual([false, false, false]);
    expect(errors).toEqual([
      expect.stringMatching(/^--export-allowlist, line 1, cel_expression: index 7 out of bounds/),
    ]);
  });

  test('what it says is safe to print, whatever the event holds', async () => {
    const { wants, errors } = await compile(['ip(process_exec.process.cwd).isLoopback()']);
    const process = { execId: '', binary: '', arguments: '', flags: '', parentExecId: '' };
    wants({ kind: 'process_exec', nodeName: '', process: { ...process, cwd: '\u001b[31m' } });
    expect(errors).toEqual([expect.stringContaining('"\\x1b[31m" is no IP address')]);
  });

  test('the others are asked still', async () => {
    const { wants } = await compile(['process_kprobe.args[7].int_arg == 0', 'true']);
    expect([EXEC, CONNECT].map(wants)).toEqual([true, true]);
  });

  test('patterns match in a time that grows with the text', async () => {
    const { wants } = await compile(['process_exec.process.arguments.matches("(s+)+$")']);
    const process = { execId: '', cwd: '', binary: '', flags: '', parentExecId: '' };
    const long = { ...process, arguments: `${'s'.repeat(50_000)}!` };
    expect(wants({ kind: 'process_exec', nodeName: '', process: long })).toBe(false);
  });
});
