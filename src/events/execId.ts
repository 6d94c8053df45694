/**
 * Exec ids: base64 of `<node>:<ktime ns>:<pid>`, where ktime is the boot-clock time in
 * nanoseconds at which this program was executed and pid is the thread-group id.
 */

export type ExecId = { readonly node: string; readonly ktimeNs: bigint; readonly pid: number };

/** The id text of an exec. An unknown parent has ktime 1 and pid 0. */
export const formatExecId = ({ node, ktimeNs, pid }: ExecId): string =>
  Buffer.from(`${node}:${ktimeNs}:${pid}`, 'utf8').toString('base64');

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
