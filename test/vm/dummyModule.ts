import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

/** A kernel module that does nothing but make a network device, dummy0, which drops all that is sent by it. */
export const MODULE = 'dummy';

/** Its file, unpacked, of this kernel's package: that lies on the host, whose root folder a VM sees. */
export function moduleFile(): Buffer {
  const kernel = process.env.TRIGON_VM_KERNEL ?? '';
  const folder = `${kernel}/lib/modules/${release()}/kernel/drivers/net`;
  const name = readdirSync(folder).find((each) => each.startsWith(`${MODULE}.ko`));
  if (name === undefined) throw new Error(`no module ${MODULE} in ${folder}`);
  const file = join(folder, name);
  return name.endsWith('.xz') ? execFileSync('xz', ['-dc', file]) : readFileSync(file);
}
