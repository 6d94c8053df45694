/**
 * Who makes, changes and removes files. We run as root and write where a user says, so each of these files was looked at: it refuses
 * links in the last component, or works in a folder that is held open, or in one of its own. A new one in the list needs a test with
 * a link, a pipe and a folder in its way.
 */
import { expect, test } from 'vitest';
import { importsFrom, sources } from './sources.ts';

const WRITERS =
  /^(?:writeFile|appendFile|createWriteStream|copyFile|cp|rename|unlink|rm|rmdir|mkdir|mkdtemp|chmod|fchmod|lchmod|chown|fchown|lchown|link|symlink|truncate|ftruncate|utimes|lutimes)(?:Sync)?$/;

/** By file: what it uses, and where its behaviour is tested. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  // node_modules/.cache/trigon beside the program, for V8.
  'bin/trigon.mjs': ['mkdirSync'],
  // Sockets: control.test.ts.
  'src/agent/control/privateServer.ts': [
    'chmodSync',
    'mkdtempSync',
    'rmSync',
    'rmdirSync',
    'unlinkSync',
  ],
  'src/agent/control/socketPath.ts': ['chmodSync', 'mkdirSync'],
  'src/agent/control/socketPlace.ts': ['linkSync', 'unlinkSync'],
  // Export: export.test.ts, exportFolder.test.ts.
  'src/agent/export/descriptor.ts': ['fchmod', 'fchown', 'ftruncate'],
  'src/agent/export/housekeeping.ts': ['createWriteStream', 'rename', 'unlink'],
  'src/agent/export/rotatingFile.ts': ['rename'],
  // A cgroup of its own, for the doctor: below the root of cgroup v2, where only root is.
  'src/agent/host/cgroupTrial.ts': ['mkdirSync', 'rmdirSync'],
  // A file without a name: planted.test.ts.
  'src/agent/replay/spool.ts': ['mkdtempSync', 'rmdirSync', 'unlinkSync'],
  // State: settingsFile.test.ts.
  'src/cli/heldFolder.ts': ['mkdirSync'],
  'src/cli/settingsFile.ts': ['renameSync', 'unlinkSync', 'writeFileSync'],
  // planted.test.ts.
  'src/cli/policyNew.ts': ['writeFileSync'],
  // save.test.ts.
  'src/ui/save/saveFile.ts': ['renameSync', 'unlinkSync'],
};

/** open(2) for writing: by flags in the same file. */
const OPENS = /O_WRONLY|O_RDWR|O_CREAT|open(?:Sync)?\([^)]*'(?:w|a|r\+|wx|ax|w\+|a\+|wx\+|ax\+)'/;
const KNOWN_OPENS: readonly string[] = [
  // export.test.ts
  'src/agent/export/target.ts',
  'src/agent/export/housekeeping.ts',
  // recorder.test.ts
  'src/agent/recording/recordingFile.ts',
  'src/agent/replay/spool.ts',
  // The terminal: /dev/tty, and that of our own standard output.
  'src/cli/keyboard.ts',
  'src/cli/settingsFile.ts',
  'src/ui/save/saveFile.ts',
  'src/ui/terminal/ttyWriter.ts',
];

test('files are written by these alone', () => {
  const found = sources().flatMap((source) => {
    const names = importsFrom(/^(?:node:)?fs(?:\/promises)?$/, source).filter((name) =>
      WRITERS.test(name),
    );
    return names.length === 0 ? [] : [[source.file, [...new Set(names)].sort()] as const];
  });
  expect(Object.fromEntries(found)).toEqual(KNOWN);
});

test('files are opened for writing by these alone', () => {
  const found = sources().flatMap(({ file, text }) =>
    /from '(?:node:)?fs/.test(text) && OPENS.test(text) ? [file] : [],
  );
  expect(found).toEqual([...KNOWN_OPENS].sort());
});
