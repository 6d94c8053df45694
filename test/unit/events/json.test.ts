import { describe, expect, it } from 'vitest';
import { decodeEvent, EventSyntaxError, encodeEvent } from '../../../src/events/json.ts';
import type { Event, KprobeArgument } from '../../../src/events/types.ts';
import { hasProcess } from '../../../src/events/types.ts';
import { kprobe, process } from './helpers.ts';

const kprobeLine =
  '{"process_kprobe":{"process":{"exec_id":"aG9zdDoxMjM6NDU2","pid":456,"uid":0,"cwd":"/root","binary":"/usr/bin/cat","arguments":"/etc/shadow","flags":"execve clone","start_time":"2026-08-21T10:00:00.000000001Z","auid":1000,"parent_exec_id":"aG9zdDoxOjA=","refcnt":1,"tid":456},"parent":{},"function_name":"security_file_permission","args":[{"file_arg":{"path":"/etc/shadow","permission":"-rw-r-----"}},{"int_arg":4}],"return":{"int_arg":0},"action":"KPROBE_ACTION_POST","policy_name":"file-monitoring","return_action":"KPROBE_ACTION_POST"},"node_name":"host","time":"2026-08-21T10:00:01.500Z"}';

describe('encodeEvent', () => {
  it('is byte for byte what was decoded', () => {
    expect(encodeEvent(decodeEvent(kprobeLine))).toBe(kprobeLine);
  });

  it('leaves defaults out, but not wrappers and oneof members that are set', () => {
    const event = kprobe('f', [
      { kind: 'int_arg', value: 0 },
      { kind: 'string_arg', value: '' },
      { kind: 'cred_arg', value: {} },
      { kind: 'unknown' },
    ]);
    expect(encodeEvent({ ...event, nodeName: '' })).toBe(
      '{"process_kprobe":{"process":{"binary":"/b"},"function_name":"f","args":[{"int_arg":0},{"string_arg":""},{"cred_arg":{}},{}],"action":"KPROBE_ACTION_POST"}}',
    );
    const exec: Event = {
      kind: 'process_exec',
      nodeName: 'n',
      process: process({ binary: '', pid: 0, uid: 0, inInitTree: false, refcnt: 0 }),
      ancestors: [],
    };
    expect(encodeEvent(exec)).toBe(
      '{"process_exec":{"process":{"pid":0,"uid":0,"in_init_tree":false}},"node_name":"n"}',
    );
  });

  it('has the time of a loader event where Tetragon’s consumers do not look', () => {
    const event: Event = {
      kind: 'process_loader',
      nodeName: 'n',
      process: process({ binary: '/b' }),
      path: '/lib/a.so',
      time: 1_787_306_401_500_000_000n,
    };
    const start =
      '{"process_loader":{"process":{"binary":"/b"},"path":"/lib/a.so"},"node_name":"n"';
    const bare = `${start},"trigon":{"time":"2026-08-21T10:00:01.500Z"}}`;
    expect(encodeEvent(event)).toBe(bare);
    expect(decodeEvent(bare)).toEqual(event);
    const ours: Event = { ...event, trigon: { mode: 'monitor' } };
    const line = `${start},"trigon":{"time":"2026-08-21T10:00:01.500Z","mode":"monitor"}}`;
    expect(encodeEvent(ours)).toBe(line);
    expect(decodeEvent(line)).toEqual(ours);
    expect(decodeEvent(`${start}}`)).not.toHaveProperty('time');
  });

  it('puts our fields under one key at the end', () => {
    const exec: Event = {
      kind: 'process_exec',
      nodeName: 'n',
      process: process({ binary: '/b', pid: 1, trigon: { argv: ['b', ''] } }),
      trigon: { obtained: 'syscalls', mode: 'enforce', outcome: 'applied' },
    };
    expect(encodeEvent(exec)).toBe(
      '{"process_exec":{"process":{"pid":1,"binary":"/b","trigon":{"argv":["b",""]}}},"node_name":"n","trigon":{"obtained":"syscalls","mode":"enforce","outcome":"applied"}}',
    );
    expect(decodeEvent(encodeEvent(exec))).toEqual(exec);
  });

  it('keeps under it what Tetragon has no place for', () => {
    const json =
      '{"process_tracepoint":{"subsys":"s","event":"e"},"trigon":{"mode":"enforce","outcome":"applied","signal":"SIGTERM","error":"EPERM","return":{"int_arg":0,"label":"l"},"kernel_stack_trace":[{"address":"1"}],"user_stack_trace":[{"symbol":"s","module":"m"}]}}';
    expect(encodeEvent(decodeEvent(json))).toBe(json);
  });

  it.each([
    ['"runtime":"containerd"', { runtime: 'containerd' }],
    ['"unit":"ssh.service"', { unit: 'ssh.service' }],
    ['"argv":["b"],"runtime":"docker"', { argv: ['b'], runtime: 'docker' }],
  ])('writes and reads %s of a process', (json, trigon) => {
    const exec: Event = {
      kind: 'process_exec',
      nodeName: 'n',
      process: process({ binary: '/b', pid: 1, trigon }),
    };
    expect(encodeEvent(exec)).toContain(`"trigon":{${json}}`);
    expect(decodeEvent(encodeEvent(exec))).toEqual(exec);
  });

  it('escapes what a terminal could obey', () => {
    const event = kprobe('\u001b]\u009b\u202e\u200b\u2028\u007f\u{e0001}"\\\n');
    expect(encodeEvent(event)).toContain(
      '"function_name":"\\u001b]\\u009b\\u202e\\u200b\\u2028\\u007f\\udb40\\udc01\\"\\\\\\n"',
    );
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
  });
});

describe('every argument', () => {
  it.each([
    '{"string_arg":"x","label":"l"}',
    '{"int_arg":-5}',
    '{"skb_arg":{"hash":1,"len":2,"priority":3,"mark":4,"saddr":"a","daddr":"b","sport":5,"dport":6,"proto":7,"sec_path_len":8,"sec_path_olen":9,"protocol":"IPPROTO_TCP","family":"AF_INET"}}',
    '{"size_arg":"18446744073709551615"}',
    '{"bytes_arg":"aGk="}',
    '{"bytes_arg":""}',
    '{"path_arg":{"mount":"/m","path":"/p","flags":"unresolvedPathComponents","permission":"-rw-r--r--"}}',
    '{"truncated_bytes_arg":{"bytes_arg":"aGk=","orig_size":"5000"}}',
    '{"sock_arg":{"family":"AF_INET","type":"SOCK_STREAM","protocol":"IPPROTO_TCP","mark":1,"priority":2,"saddr":"a","daddr":"b","sport":1,"dport":2,"cookie":"18446612686518928000","state":"TCP_LISTEN"}}',
    '{"cred_arg":{"permitted":["CAP_CHOWN"],"effective":["DAC_OVERRIDE"],"inheritable":["CAP_BPF"]}}',
    '{"long_arg":"-9223372036854775808"}',
    '{"bpf_attr_arg":{"ProgType":"BPF_PROG_TYPE_KPROBE","InsnCnt":3,"ProgName":"p"}}',
    '{"perf_event_arg":{"KprobeFunc":"f","Type":"T","Config":"1","ProbeOffset":"2"}}',
    '{"bpf_map_arg":{"MapType":"T","KeySize":1,"ValueSize":2,"MaxEntries":3,"MapName":"m"}}',
    '{"uint_arg":4294967295}',
    '{"user_namespace_arg":{"level":0,"owner":0,"group":0,"ns":{"inum":1,"is_host":true}}}',
    '{"capability_arg":{"value":21,"name":"CAP_SYS_ADMIN"}}',
    '{"process_credentials_arg":{"uid":0,"securebits":["SecBitKeepCaps","SecBitNoRoot"],"caps":{},"user_ns":{"level":0,"ns":{}}}}',
    '{"user_ns_arg":{"level":1,"uid":0,"gid":0,"ns":{"inum":1}}}',
    '{"module_arg":{"name":"m","signature_ok":false,"tainted":["TAINT_OUT_OF_TREE_MODULE"]}}',
    '{"kernel_cap_t_arg":"00000000000001ff"}',
    '{"cap_inheritable_arg":"0000000000000000"}',
    '{"cap_permitted_arg":"0000000000000000"}',
    '{"cap_effective_arg":"0000000000000000"}',
    '{"linux_binprm_arg":{"path":"/p","flags":"f","permission":"-rwxr-xr-x"}}',
    '{"net_dev_arg":{"name":"eth0"}}',
    '{"bpf_cmd_arg":"BPF_MAP_CREATE"}',
    '{"syscall_id":{"id":59,"abi":"x64"}}',
    '{"sockaddr_arg":{"family":"AF_INET","addr":"1.2.3.4","port":53}}',
    '{"bpf_prog_arg":{"ProgType":"T","InsnCnt":1,"ProgName":"p"}}',
    '{"error_arg":{"Message":"Bad address for basic type"}}',
    '{"sockaddrun_arg":{"family":"AF_UNIX","path":"@x"}}',
  ])('%s', (json) => {
    const wrapped = `{"process_kprobe":{"args":[${json}]}}`;
    expect(encodeEvent(decodeEvent(wrapped))).toBe(wrapped);
  });
});

describe('every event', () => {
  it.each([
    '{"process_exec":{"process":{"pid":1,"pod":{"namespace":"d","name":"p","uid":"u","container":{"id":"c","name":"n","image":{"id":"i","name":"l"},"start_time":"2022-10-18T03:16:18Z","pid":1,"maybe_exec_probe":true,"security_context":{"privileged":true}},"pod_labels":{"a":"b","c":"d"},"workload":"w","workload_kind":"k","pod_annotations":{"x":""}},"docker":"d","binary_properties":{"setuid":0,"setgid":0,"privileges_changed":["PRIVILEGES_RAISED_EXEC_FILE_SETUID"],"file":{"inode":{"number":"7","links":0},"path":"/memfd"}},"user":{"name":"root"},"environment_variables":[{"Key":"A","Value":"b"}]},"parent":{"pid":0},"ancestors":[{"pid":2}]}}',
    '{"process_exit":{"process":{"pid":1},"signal":"SIGKILL","status":3,"time":"2022-10-18T03:16:18Z","ancestors":[{}]},"time":"2022-10-18T03:16:19Z"}',
    '{"process_tracepoint":{"process":{"pid":1},"subsys":"s","event":"e","args":[{"size_arg":"0"}],"policy_name":"p","action":"KPROBE_ACTION_SIGKILL","message":"m","tags":["t"],"ancestors":[{}]}}',
    '{"process_loader":{"process":{"pid":1},"path":"/lib","buildid":"q6s=","parent":{},"ancestors":[{}]}}',
    '{"process_uprobe":{"process":{"pid":1},"path":"/b","symbol":"s","policy_name":"p","message":"m","args":[{"int_arg":1}],"tags":["t"],"ancestors":[{}],"offset":"4096","ref_ctr_offset":"8","action":"KPROBE_ACTION_POST","data":[{"int_arg":1}]}}',
    '{"process_throttle":{"type":"THROTTLE_START","cgroup":"c"},"node_name":"n"}',
    '{"process_lsm":{"process":{"pid":1},"function_name":"f","policy_name":"p","message":"m","args":[{"int_arg":1}],"action":"KPROBE_ACTION_POST","tags":["t"],"ancestors":[{}],"ima_hash":"sha256:00"}}',
    '{"process_usdt":{"process":{"pid":1},"path":"/b","provider":"p","name":"n","policy_name":"p","message":"m","args":[{"int_arg":1}],"tags":["t"],"ancestors":[{}],"action":"KPROBE_ACTION_POST","flags":"f"}}',
    '{"process_kprobe":{"process":{"pid":1},"function_name":"f","kernel_stack_trace":[{"address":"1","offset":"2","symbol":"s","module":"m"}],"policy_name":"p","return_action":"KPROBE_ACTION_SET","message":"m","tags":["t"],"user_stack_trace":[{"offset":"1"}],"ancestors":[{}],"data":[{"int_arg":1}]}}',
    '{"test":{"arg0":"1","arg1":"2","arg2":"3","arg3":"4"},"cluster_name":"c","node_labels":{"a":"b"}}',
    '{"rate_limit_info":{"number_of_dropped_process_events":"12"},"node_name":"n","time":"2022-10-18T03:16:19.000001Z","aggregation_info":{"count":"5"}}',
  ])('%s', (json) => {
    expect(encodeEvent(decodeEvent(json))).toBe(json);
  });
});

describe('decodeEvent', () => {
  it('gives bigint times and 64-bit integers', () => {
    const event = decodeEvent(kprobeLine);
    expect(event.time).toBe(1787306401500000000n);
    if (event.kind !== 'process_kprobe') throw new Error(event.kind);
    expect(event.process.startTime).toBe(1787306400000000001n);
    expect(event.parent).toEqual(
      decodeEvent('{"process_exec":{}}').kind && process({ binary: '' }),
    );
  });

  it('reads over what it does not know', () => {
    const event = decodeEvent(
      '{"process_exec":{"process":{"pid":1,"shoe_size":44,"cap":{"effective":["CAP_NEW","CAP_BPF"]}},"x":[{}]},"y":null,"node_name":"n","time":null}',
    );
    expect(encodeEvent(event)).toBe(
      '{"process_exec":{"process":{"pid":1,"cap":{"effective":["CAP_BPF"]}}},"node_name":"n"}',
    );
  });

  it('keeps the place of an unknown argument', () => {
    const event = decodeEvent(
      '{"process_kprobe":{"args":[{"new_arg":{"a":1},"label":"l"},{"int_arg":1}]}}',
    );
    const expected: KprobeArgument[] = [
      { kind: 'unknown', label: 'l' },
      { kind: 'int_arg', value: 1 },
    ];
    expect(event).toMatchObject({ args: expected });
  });

  it('takes numbers for enums and 64-bit integers, as protojson does', () => {
    const event = decodeEvent(
      '{"process_kprobe":{"action":3,"args":[{"size_arg":5},{"int_arg":"6"}]}}',
    );
    expect(event).toMatchObject({
      action: 'KPROBE_ACTION_SIGKILL',
      args: [
        { kind: 'size_arg', value: 5n },
        { kind: 'int_arg', value: 6 },
      ],
    });
  });

  it('does not need a process', () => {
    const event = decodeEvent('{"process_lsm":{"function_name":"f"}}');
    expect(hasProcess(event) && event.process.binary).toBe('');
    expect(encodeEvent(event)).toBe('{"process_lsm":{"function_name":"f"}}');
  });

  it('is not fooled by names of Object', () => {
    const event = decodeEvent('{"test":{},"node_labels":{"__proto__":"x","constructor":"y"}}');
    expect(event.nodeLabels && Object.keys(event.nodeLabels)).toEqual(['__proto__', 'constructor']);
    expect(decodeEvent('{"process_kprobe":{"args":[{"constructor":1}]}}')).toMatchObject({
      args: [{ kind: 'unknown' }],
    });
  });

  it.each([
    ['', 'not JSON', ''],
    ['{', 'not JSON', ''],
    ['[]', 'expected an object', ''],
    ['null', 'expected an object', ''],
    ['{"node_name":"x"}', 'no known event in it', ''],
    [
      '{"process_exec":{},"process_exit":{}}',
      'two events in it: process_exec and process_exit',
      '',
    ],
    ['{"process_exec":[]}', 'expected an object', 'process_exec'],
    [
      '{"process_exec":{"process":{"pid":"x"}}}',
      'expected an unsigned 32-bit integer',
      'process_exec.process.pid',
    ],
    ['{"process_exec":{"process":{"pid":-1}}}', 'expected an unsigned', 'process_exec.process.pid'],
    [
      '{"process_exec":{"process":{"binary":1}}}',
      'expected a string',
      'process_exec.process.binary',
    ],
    ['{"process_exec":{},"time":"today"}', 'expected an RFC 3339 time', 'time'],
    [
      '{"process_kprobe":{"args":[{"int_arg":0},{"size_arg":"1e3"}]}}',
      'expected an unsigned 64-bit integer',
      'process_kprobe.args[1].size_arg',
    ],
    [
      '{"process_kprobe":{"args":[{"size_arg":"18446744073709551616"}]}}',
      'expected an unsigned 64-bit integer',
      'process_kprobe.args[0].size_arg',
    ],
    ['{"process_kprobe":{"tags":"x"}}', 'expected a list', 'process_kprobe.tags'],
    ['{"process_loader":{"buildid":"*"}}', 'expected base64', 'process_loader.buildid'],
  ])('%s: %s', (json, reason, path) => {
    const error = (() => {
      try {
        decodeEvent(json);
      } catch (caught) {
        return caught;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(EventSyntaxError);
    expect(error).toMatchObject({ path });
    expect((error as EventSyntaxError).reason).toContain(reason);
  });

  it('does not repeat hostile text in its errors', () => {
    expect(() => decodeEvent('\u001b[2J')).toThrow(/^not JSON[ -~]*$/);
  });
});
