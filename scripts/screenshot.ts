// Runs a command in a terminal, presses keys, and saves what the screen shows as SVG or PNG:
//   node scripts/screenshot.ts --size 120x40 --keys "2,down" --wait "nginx" --out tree.png -- trigon …
import { parseArgs } from 'node:util';
import { savePicture } from '../test/driver/png.ts';
import { startPty } from '../test/driver/pty.ts';

const USAGE = `usage: node scripts/screenshot.ts [options] -- command [argument …]
  --size 120x40     columns and rows
  --ready TEXT      press the keys when the screen shows this text (default: anything)
  --keys a,down,f9  keys to press, separated by commas ('comma' is a comma)
  --type TEXT       text to type after the keys
  --wait TEXT       take the picture when the screen shows this text
  --settle MS       wait so long before each step (default 300)
  --ground light    the terminal's own colours (default dark)
  --out FILE        .svg or .png`;

const fail = (message: string): never => {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
};

const separator = process.argv.indexOf('--');
const [command, ...args] = separator < 0 ? [] : process.argv.slice(separator + 1);
const { values } = parseArgs({
  args: process.argv.slice(2, separator < 0 ? undefined : separator),
  options: {
    size: { type: 'string', default: '120x40' },
    ready: { type: 'string' },
    keys: { type: 'string', default: '' },
    type: { type: 'string' },
    wait: { type: 'string' },
    settle: { type: 'string', default: '300' },
    ground: { type: 'string', default: 'dark' },
    out: { type: 'string' },
  },
});
const [columns, rows] = values.size.split('x').map(Number);
const out = values.out ?? fail('--out is missing');
const ground = values.ground === 'light' ? 'light' : 'dark';
if (command === undefined) fail('no command');
if (!columns || !rows) fail('--size must be like 120x40');

const session = startPty(command ?? '', args, { columns: columns ?? 120, rows: rows ?? 40 });
const settle = () => new Promise((resolve) => setTimeout(resolve, Number(values.settle)));
try {
  await session.waitFor(values.ready ?? ((screen) => screen.some((row) => row !== '')));
  for (const key of values.keys.split(',').filter((name) => name !== '')) {
    await settle();
    session.press(key === 'comma' ? ',' : key);
  }
  if (values.type !== undefined) {
    await settle();
    session.type(values.type);
  }
  if (values.wait !== undefined) await session.waitFor(values.wait);
  await settle();
  savePicture(session.cells(), out, ground);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  session.kill('SIGTERM');
}
await Promise.race([session.exit, new Promise((resolve) => setTimeout(resolve, 3000))]);
session.kill('SIGKILL');
process.exit();
