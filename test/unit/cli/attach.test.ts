import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';

function attach(...words: string[]) {
  const command = parseCommandLine(['attach', '--config', 'none', ...words]);
  if (command.name !== 'attach') throw new Error(command.name);
  return command.options;
}

function mistake(...words: string[]): string {
  try {
    attach(...words);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('no mistake found');
}

describe('addresses', () => {
  test.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['unix:/run/x.sock', 'unix:///run/x.sock'],
    ['/run/x.sock', 'unix:///run/x.sock'],
    ['web-1:54321', 'web-1:54321'],
    ['[::1]:54321', '[::1]:54321'],
  ])('%s', (word, address) => {
    expect(attach(word).targets).toEqual([{ address, tls: undefined }]);
  });

  test('several; each once', () => {
    expect(attach('a:1', 'b:2', 'a:1').targets.map(({ address }) => address)).toEqual([
      'a:1',
      'b:2',
    ]);
  });

  test.each(['web-1', 'web-1:0', 'web-1:99999', 'http://x:1', 'a b:3', ''])(
    '%j is none',
    (word) => {
      expect(mistake(word)).toContain('is no address');
    },
  );

  test('none at all', () => expect(mistake()).toContain('attach to what?'));
});

describe('TLS', () => {
  test('all of it', () => {
    const words = ['--tls-ca-cert-files', 'ca', '--tls-cert-file', 'c', '--tls-key-file', 'k'];
    expect(attach('a:1', ...words, '--tls-server-name', 'n').targets[0]?.tls).toEqual({
      authorities: 'ca',
      certificate: 'c',
      key: 'k',
      serverName: 'n',
    });
  });

  test('a part that makes no sense alone', () => {
    expect(mistake('a:1', '--tls-cert-file', 'c')).toContain('belong together');
    expect(mistake('a:1', '--tls-server-name', 'n')).toContain('nothing is encrypted');
    expect(mistake('[::1]:1', '--tls-ca-cert-files', 'ca')).toContain('--tls-server-name');
  });
});

test('--read-only', () => {
  expect(attach('a:1', '--read-only').readOnly).toBe(true);
  expect(attach('a:1').readOnly).toBe(false);
});
