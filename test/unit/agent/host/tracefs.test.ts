import { describe, expect, test } from 'vitest';
import { parseTracepointFormat, readTracepointFormat } from '../../../../src/agent/host/tracefs.ts';

describe('the format of a tracepoint', () => {
  const field = (declaration: string, rest = 'offset:8;\tsize:4;\tsigned:1;') =>
    `name: x\nID: 7\nformat:\n\tfield:${declaration};\t${rest}\n\nprint fmt: "%s", REC->x`;

  test.each([
    ['unsigned short common_type', 'unsigned short', 'common_type'],
    ['const char * filename', 'const char *', 'filename'],
    ['const char *filename', 'const char *', 'filename'],
    ['struct task_struct *p', 'struct task_struct *', 'p'],
    ['__data_loc char[] filename', '__data_loc char[]', 'filename'],
    ['__data_loc char[]  name', '__data_loc char[]', 'name'],
    ['unsigned long args[6]', 'unsigned long[6]', 'args'],
    ['__u8 saddr[sizeof(struct sockaddr_in6)]', '__u8[sizeof(struct sockaddr_in6)]', 'saddr'],
    ['char comm[16]', 'char[16]', 'comm'],
    ['pid_t pid', 'pid_t', 'pid'],
    ['unsigned long long  value', 'unsigned long long', 'value'],
    ['char ** argv', 'char **', 'argv'],
  ])('%s', (declaration, type, name) => {
    expect(parseTracepointFormat(field(declaration)).fields).toEqual([
      { name, type, offset: 8, size: 4, signed: true },
    ]);
  });

  test('fields in their order, with the gap between the common ones and the rest; nothing of the print format', () => {
    const text = [
      'name: sys_enter',
      'ID: 348',
      'format:',
      '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
      '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
      '',
      '\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;',
      '',
      'print fmt: "NR %ld\tfield:long fake;\toffset:0;\tsize:8;\tsigned:1;", REC->id',
    ].join('\n');
    expect(parseTracepointFormat(text).fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['common_type', 0],
      ['common_pid', 4],
      ['id', 8],
    ]);
    expect(parseTracepointFormat('')).toEqual({ fields: [] });
  });
});

test('names that would lead out of tracefs are no tracepoints', () => {
  for (const [subsystem, event] of [
    ['..', 'events'],
    ['sched', '../sched/sched_process_exec'],
    ['.', 'sched'],
    ['', ''],
    ['sched', 'a\0b'],
  ] as const)
    expect(readTracepointFormat(subsystem, event)).toBeUndefined();
});
