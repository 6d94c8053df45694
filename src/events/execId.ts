/**
 * Exec ids: base64 of `<node>:<ktime ns>:<pid>`, where ktime is the boot-clock time in
 * nanoseconds at which this program was executed and pid is the thread-group id.
 */

export type ExecId = { readonly node: string; readonly ktimeNs: bigint; readonly pid: number };

/** A power of 2. */
const MOST_RECENT = 256;

/** Ids made last, by the last bits of the pid: an id stands in all events of its process and of its children. */
const recent = new Array<(ExecId & { readonly text: string }) | undefined>(MOST_RECENT).fill(
  undefined,
);

/** The id text of an exec. An unknown parent has ktime 1 and pid 0. */
export const formatExecId = ({ node, ktimeNs, pid }: ExecId): string => {
  const slot = pid & (MOST_RECENT - 1);
  const known = recent[slot];
  if (known?.pid === pid && known.ktimeNs === ktimeNs && known.node === node) return known.text;
  const text = Buffer.from(`${node}:${ktimeNs}:${pid}`, 'utf8').toString('base64');
  recent[slot] = { node, ktimeNs, pid, text };
  return text;
};

const SHAPE = /^(.*):(\d{1,20}):(\d{1,10})$/s;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The parts of an exec id, or undefined when the text is none. A node name may contain colons. */
export const parseExecId = (text: string): ExecId | undefined => {
  if (!BASE64.test(text)) return undefined;
  const match = SHAPE.exec(Buffer.from(text, 'base64').toString('utf8'));
  if (match === null) return undefined;
  const [, node = '', ktime = '', pid = ''] = match;
  return { node, ktimeNs: BigInt(ktime), pid: Number(pid) };
};
