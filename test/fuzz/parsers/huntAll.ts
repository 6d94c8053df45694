import { type HuntOptions, hunt } from './hunt.ts';
import { AREAS } from './index.ts';

/**
 * One area after the other, and tells of each.
 *
 * @param names of areas, separated by commas, or `all`
 * @throws Error with all findings
 */
export async function huntAll(names: string, options: HuntOptions): Promise<void> {
  const wanted = names.split(',');
  const unknown = wanted.find(
    (name) => name !== 'all' && !AREAS.some((area) => area.name === name),
  );
  if (unknown !== undefined)
    throw new Error(
      `no parser "${unknown}"; there are ${AREAS.map(({ name }) => name).join(', ')}`,
    );
  const found: string[] = [];
  process.stdout.write(`seed ${options.seed}\n`);
  for (const area of AREAS.filter(({ name }) => wanted.includes('all') || wanted.includes(name)))
    try {
      const { inputs, seconds, slowestMs } = await hunt(area, options);
      process.stdout.write(
        `${area.name.padEnd(16)}${inputs} inputs in ${seconds.toFixed(1)} s, ${slowestMs} ms at most for one\n`,
      );
    } catch (error) {
      process.stdout.write(`${area.name.padEnd(16)}found something\n`);
      found.push(error instanceof Error ? error.message : String(error));
    }
  if (found.length > 0) throw new Error(found.join('\n\n'));
}
