import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** enum bpf_attach_type of links whose own type says too little. */
const TRACING: Readonly<Record<string, string>> = {
  23: 'raw tracepoint',
  24: 'fentry',
  25: 'fexit',
  26: 'fmod_ret',
  27: 'LSM',
};

/** bpf_link_type as fdinfo has it. */
const NAMES: Readonly<Record<string, string>> = {
  raw_tracepoint: 'raw tracepoint',
  kprobe_multi: 'kprobe.multi',
  uprobe_multi: 'uprobe.multi',
};

/** The BPF links of this process as the kernel itself tells of them: what each is, by its id. */
export function ownLinks(): Map<string, string> {
  const links = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    const info = linkInfo(fd);
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(info)?.[1] ?? '';
    const type = field('link_type');
    if (type === '') continue;
    const name = type === 'tracing' ? TRACING[field('attach_type')] : NAMES[type];
    links.set(field('link_id'), name ?? type);
  }
  return links;
}

function linkInfo(fd: string): string {
  try {
    return /bpf.link/.test(readlinkSync(`/proc/self/fd/${fd}`))
      ? readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
      : '';
  } catch {
    return ''; // closed meanwhile
  }
}
