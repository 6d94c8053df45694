import type { OpenFile } from '../../../agent/inspect/types.ts';
import { escapeText, quoteIfNeeded } from '../../../events/text.ts';
import { clockTime } from '../../../events/time.ts';
import { keyText } from '../../commands.ts';
import type { FilterTerm } from '../../detail/focus.ts';
import type { DetailState } from '../../detail.ts';
import { fitColumns } from '../../text/width.ts';
import {
  blank,
  type DetailItem,
  type DetailLook,
  marginSpans,
  sentence,
  shown,
  spanItem,
} from './item.ts';

const ACCESS: Readonly<Record<OpenFile['access'], string>> = {
  read: 'r ',
  write: ' w',
  'read and write': 'rw',
  'path only': 'p ',
  'not known': '? ',
};

/** What the process has open, as of when it was read. */
export function fileItems({ files, subject }: DetailState, look: DetailLook): DetailItem[] {
  if (subject.ktime === 0n)
    return [sentence('nothing but the number of this process is known', look)];
  const answer = files?.answer;
  if (!answer) return [sentence('asking …', look)];
  if (answer.kind === 'gone')
    return [sentence('the process has ended: its open files can’t be known any more', look)];
  if (answer.kind === 'refused')
    return [sentence(`its files can’t be read: ${escapeText(answer.reason)}`, look)];
  const count = answer.files.length + answer.more;
  const again = `${keyText('detail.refresh')} reads them again`;
  const other = answer.isOtherProgram ? '; the process runs another program by now' : '';
  const time = clockTime(BigInt(answer.at) * 1_000_000n);
  return [
    sentence(`${count} open at ${time}; ${again}${other}`, look),
    blank(look),
    ...answer.files.map((file) => fileItem(file, look)),
    ...(answer.more > 0 ? [sentence(`… ${answer.more} more`, look)] : []),
  ];
}

function fileItem(file: OpenFile, look: DetailLook): DetailItem {
  const { fd, access, type, target } = file;
  const isNarrow = look.width < 70;
  const kind = type === 'kernel object' ? 'kernel' : type;
  const margin = ` ${fitColumns(String(fd), isNarrow ? 4 : 6, { align: 'right' })}  ${ACCESS[access]}  ${fitColumns(kind, 9)}  `;
  const text = [subjectOf(file), ...extras(file)].join('  ');
  return spanItem(marginSpans(margin, shown(text, look), look.theme['event.path'], look), look, {
    copies: [
      { what: type === 'socket' ? 'socket' : 'path', text: escapeText(nameOf(file)) },
      ...(file.socket ? [{ what: 'inode', text: escapeText(target) }] : []),
    ],
    filter: filterOf(file),
  });
}

/** Both ends of a socket, else what it is. */
function nameOf({ target, socket }: OpenFile): string {
  if (!socket) return target;
  const { protocol, local, remote } = socket;
  const ends = remote === '' ? local : `${local} -> ${remote}`;
  return `${protocol} ${ends || '(no name)'}`;
}

function subjectOf(file: OpenFile): string {
  const { socket, target } = file;
  if (!socket) return quoteIfNeeded(target);
  return `${escapeText(nameOf(file))}${socket.state === '' ? '' : `  ${socket.state}`}`;
}

const extras = ({ isDeleted, offset, flags, type }: OpenFile): string[] => [
  ...(isDeleted ? ['deleted'] : []),
  ...(type === 'file' && offset !== undefined && offset > 0n ? [`at ${offset}`] : []),
  ...flags,
];

function filterOf({ target, socket, type }: OpenFile): FilterTerm | undefined {
  if (socket?.protocol.startsWith('unix'))
    return socket.local === '' ? undefined : { field: 'path', value: socket.local };
  if (socket) return { field: 'address', value: socket.remote || socket.local };
  return type !== 'socket' && target.startsWith('/') ? { field: 'path', value: target } : undefined;
}
