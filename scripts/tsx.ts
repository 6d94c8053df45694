// Lets Node import this project's .tsx files, whose JSX it can't strip as it strips types. To be imported before them.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.tsx')) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    const { code } = transformSync(source, { loader: 'tsx', jsx: 'automatic', target: 'node24' });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
