import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The options a kernel was built with, and the file that says so. */
export type KernelConfig = {
  source: string;
  /** 'y', 'm' or a value; undefined: not set. */
  option(name: string): string | undefined;
};

/** Where kernels and distributions put it: CONFIG_IKCONFIG_PROC; Debian, Ubuntu, Fedora; Fedora's and Arch's module folder. */
function candidates(release: string): string[] {
  return ['/proc/config.gz', `/boot/config-${release}`, `/lib/modules/${release}/config`];
}

/** Undefined when no file of this very kernel is there: nothing is known then, not even what is usual. */
export function readKernelConfig(release: string): KernelConfig | undefined {
  for (const source of candidates(release)) {
    try {
      const bytes = readFileSync(source);
      const text = (source.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
      return parseKernelConfig(source, text);
    } catch {
      // Not there, not readable, or no gzip: the next one.
    }
  }
  return undefined;
}

export function parseKernelConfig(source: string, text: string): KernelConfig {
  const options = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/^CONFIG_(\w+)=(.*)$/gm))
    options.set(name, value);
  return { source, option: (name) => options.get(name) };
}
