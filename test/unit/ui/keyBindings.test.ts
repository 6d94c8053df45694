import { afterEach, describe, expect, test } from 'vitest';
import { commandOf, keyOf } from '../../../src/ui/commands.ts';
import { type Binding, checkBindings } from '../../../src/ui/keyBindings.ts';
import { rebindKeys } from '../../../src/ui/keymap.ts';
import { helpRows } from '../../../src/ui/views/helpLines.ts';

const check = (...bindings: [command: string, ...keys: string[]][]) =>
  checkBindings(bindings.map(([command, ...keys]): Binding => ({ command, keys })));

const texts = (...bindings: Parameters<typeof check>) =>
  check(...bindings).problems.map(({ text }) => text);

describe('what is used', () => {
  test('a key, several, and none; keys as people write them', () => {
    const { keys, problems } = check(
      ['view.zoom', 'F11'],
      ['stream.pause', 'Ctrl+P', 'shift+a'],
      ['row.columns'],
    );
    expect(problems).toEqual([]);
    expect(keys).toEqual(
      new Map([
        ['view.zoom', ['f11']],
        ['stream.pause', ['ctrl+p', 'A']],
        ['row.columns', []],
      ]),
    );
  });

  test('two commands can change their keys', () => {
    expect(check(['stream.pause', 'F'], ['stream.follow', 'p']).problems).toEqual([]);
  });

  test('the same key in two views, and in a lab', () => {
    expect(check(['stream.mark', 'e'], ['lab.next', '1']).problems).toEqual([]);
  });

  test('the ways out keep their own key beside the new one', () => {
    const { keys } = check(['app.quit', 'f10'], ['policy.disarmAll', 'D'], ['app.back', 'f2']);
    expect(keys.get('app.quit')).toEqual(['f10', 'ctrl+c']);
    expect(keys.get('policy.disarmAll')).toEqual(['D', '!', 'alt+!']);
    expect(keys.get('app.back')).toEqual(['f2', 'escape']);
  });
});

describe('what is refused, and why', () => {
  test('a command that there is not, with what was meant', () => {
    expect(texts(['view.zom', 'x'])).toEqual([
      'there is no command "view.zom"; did you mean "view.zoom"?',
    ]);
    expect(texts(['constructor', 'x'])[0]).toContain('there is no command "constructor"');
  });

  test('what is no key, or what no terminal can tell', () => {
    const { keys, problems } = check(['view.zoom', 'hyper+z', 'ctrl+m', 'f12']);
    expect(keys.get('view.zoom')).toEqual(['f12']);
    expect(problems).toEqual([
      { binding: 0, key: 0, text: expect.stringContaining('"hyper+z" is no key') },
      {
        binding: 0,
        key: 1,
        text: 'terminals send the same for ctrl+m as for Enter',
      },
    ]);
  });

  test('another command’s key in one of its views; it keeps those that it had', () => {
    const { keys, problems } = check(['view.zoom', 'p']);
    expect(problems[0]?.text).toBe('p is the key of stream.pause in Stream already');
    expect(keys.has('view.zoom')).toBe(false);
    expect(texts(['view.zoom', 'q'])).toEqual(['q is the key of app.quit already']);
  });

  test('of two bindings of one key the later one', () => {
    expect(check(['view.zoom', 'f11'], ['app.redraw', 'f11'])).toEqual({
      keys: new Map([['view.zoom', ['f11']]]),
      problems: [{ binding: 1, key: 0, text: 'f11 is the key of view.zoom already' }],
    });
  });

  test('a command that gets its key back takes it from who was given it', () => {
    const { keys, problems } = check(['stream.pause', 'nokey'], ['stream.follow', 'p']);
    expect(keys.size).toBe(0);
    expect(problems.map(({ binding }) => binding)).toEqual([0, 1]);
  });

  test.each(['app.quit', 'app.back', 'policy.disarmAll'])('%s without a key', (id) => {
    const { keys, problems } = check([id]);
    expect(problems[0]?.text).toContain("can't be without a key");
    rebindKeys(keys);
    expect(keyOf(id as 'app.quit')).not.toBe('');
    rebindKeys(new Map());
  });

  test('keys that always mean the same', () => {
    expect(texts(['view.zoom', 'ctrl+c'], ['stream.mark', '!'], ['app.redraw', 'esc'])).toEqual([
      'ctrl+c always is app.quit',
      '! always is policy.disarmAll',
      'escape always is app.back',
    ]);
  });

  test('what does harm on a Ctrl letter', () => {
    expect(texts(['policy.arm', 'ctrl+x'])[0]).toContain('must not be on a Ctrl letter');
    expect(texts(['policy.arm', 'f8'])).toEqual([]);
  });
});

describe('once they are set', () => {
  afterEach(() => rebindKeys(new Map()));

  test('dispatch and help know the new keys only', () => {
    rebindKeys(check(['stream.pause', 'f11'], ['view.zoom', '[']).keys);
    expect(commandOf('f11', 'stream')?.id).toBe('stream.pause');
    expect(commandOf('p', 'stream')).toBeUndefined();
    expect(keyOf('stream.pause')).toBe('f11');
    const rows = helpRows(
      { view: 'stream', filter: '', warnings: [], whyNot: () => undefined },
      { width: 80, height: 40 },
    );
    const pause = rows.find((row) => row.kind === 'command' && row.command.id === 'stream.pause');
    expect(pause).toMatchObject({ keys: 'F11' });
  });
});
