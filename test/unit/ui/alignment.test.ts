/** Wide and combining characters, emoji and their kin: every column stays where it is, by our count and on the terminal. */
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { NO_DETAIL } from '../../../src/events/wire/processDetail.ts';
import { openDetail } from '../../../src/ui/detail.ts';
import { naturalAlertSort } from '../../../src/ui/store/alertsModel.ts';
import { naturalSort } from '../../../src/ui/store/binariesModel.ts';
import { createTreeModel } from '../../../src/ui/store/treeModel.ts';
import { eventSubject } from '../../../src/ui/subject.ts';
import { createCompositor } from '../../../src/ui/terminal/compositor.ts';
import { eachGrapheme } from '../../../src/ui/text/width.ts';
import {
  alertHead,
  alertLine,
  nameLengths,
  tellingColumns,
} from '../../../src/ui/views/alertLines.ts';
import { binaryHead, binaryLine } from '../../../src/ui/views/binaryLines.ts';
import { detailLines } from '../../../src/ui/views/detailLines.ts';
import { streamRow } from '../../../src/ui/views/streamRow.ts';
import { treeHead, treeLine } from '../../../src/ui/views/treeLines.ts';
import { type Cell, cellsOf, createEmulator, writeTo } from '../../driver/emulator.ts';
import { execRecord, hookNames } from '../wire/records.ts';
import { alert, NOW } from './alertSamples.ts';
import { DARK, plain } from './samples.ts';
import { counters, keyOfPid, treeProcess } from './treeSamples.ts';

const TEXTS: Readonly<Record<string, string>> = {
  'Han and kana': '漢字かな交じり文',
  Hangul: '한국어 텍스트',
  'full-width forms': 'ＡＢＣ１２３',
  'combining marks': 'e\u0301a\u0308o\u0302\u0323n\u0303',
  'many marks on one letter': `Z${'\u0301'.repeat(12)}algo`,
  Thai: 'ภาษาไทย ก็',
  emoji: '🚀💥📝❓',
  'skin tones': '👍🏽👩🏿',
  'ZWJ sequences': '👨‍👩‍👧‍👦 👩‍💻 🏴‍☠️',
  flags: '🇩🇪🇯🇵🇧🇷',
  keycaps: '1️⃣#️⃣*️⃣',
  'VS16 after text': '⚙️❤️✈️',
  'VS15 after emoji': '⌚︎☎︎',
  'ambiguous width': '±°§×÷αβ→№',
  'right to left': 'שלום مرحبا',
  'half a surrogate': 'a\ud83d b',
  'private use': '\ue0b0\uf0f3',
  mixed: 'a漢e\u0301🚀1️⃣🇩🇪👨‍👩‍👧z',
};
/** Odd ones, in which a wide character does not fit at the end. */
const WIDTHS = [61, 79, 111, 133];

const userNames = new Map([
  [0, 'root'],
  [7, '漢🚀é'],
]);

const CONTEXT = { node: 'n', hookNames: () => hookNames(), parent: () => undefined };

function packedExec(text: string): PackedEvent {
  const args = [text, '--x', text].map((argument) => `${argument}\0`).join('');
  const path = `/opt/${text}/bin`;
  const record = execRecord({ filename: path, exe: path, cwd: `/${text}`, args }, { euid: 7 });
  return {
    ...{ kind: PACKED_KIND.exec, flags: 0, time: 1_700_000_000_123_456_789n },
    ...{ tgid: 100, tid: 100, ktime: 1000n, parentTgid: 12, parentKtime: 900n },
    ...{ payload: record, process: record },
  };
}

/** The lines of all views about a program whose every text is this one. */
function linesAbout(text: string, width: number, isCursor: boolean): Record<string, string[]> {
  const look = { theme: DARK, width, ascii: false, userNames, now: NOW, hidden: new Set<string>() };
  const tree = createTreeModel();
  tree.apply({
    reset: true,
    changed: [
      treeProcess(1),
      treeProcess(2, {
        parent: keyOfPid(1),
        uid: 7,
        binary: `/opt/${text}`,
        arguments: text.repeat(9),
        container: text,
      }),
    ],
    removed: [],
  });
  const treeLook = { ...look, hasContainers: true, isTagged: () => false };
  const alerts = [alert('a', { policy: text, binary: `/${text}/x`, target: text.repeat(5) })];
  const alertLook = {
    ...look,
    sort: naturalAlertSort('count'),
    telling: tellingColumns(alerts),
    lengths: nameLengths(alerts),
  };
  const binaryLook = { ...look, sort: naturalSort('execs'), hasUntold: true };
  const row = { counters: counters(`/opt/${text}/${'x'.repeat(20)}${text}`), perSecond: 2 };
  const packed = packedExec(text);
  const event = readEvent(packed, CONTEXT);
  const subject = eventSubject(packed, { ...CONTEXT, detail: NO_DETAIL });
  return {
    tree: [treeHead(treeLook), ...tree.rows().map((one) => treeLine(one, isCursor, treeLook))],
    stream: [streamRow(event, isCursor, { ...look, severities: new Map() })],
    alerts: [alertHead(alertLook), ...alerts.map((one) => alertLine(one, isCursor, alertLook))],
    binaries: [binaryHead(binaryLook), binaryLine(row, isCursor, binaryLook)],
    detail: detailLines(openDetail(subject, 0), 40, look),
  };
}

/** What the terminal shows of a line, through the way that all lines go. */
async function shown(line: string, width: number, widths: 'modern' | 'old'): Promise<Cell[]> {
  const terminal = createEmulator({ columns: width, rows: 1, widths });
  let written = '';
  const compositor = createCompositor({
    write: (data) => {
      written += data;
    },
    columns: width,
    rows: 1,
  });
  compositor.setRegion('view', { row: 0, column: 0, width, height: 1, lines: [line] });
  compositor.flush();
  // No wrapping, as the program switches it off.
  await writeTo(terminal, `\x1b[?7l${written}`);
  return cellsOf(terminal)[0] ?? [];
}

/** ASCII letters and digits of a line that stand alone, by the column that we count. */
function landmarks(line: string): Map<number, string> {
  const found = new Map<number, string>();
  let column = 0;
  eachGrapheme(plain(line), (cluster, width) => {
    if (/^[\w/.:]$/.test(cluster)) found.set(column, cluster);
    column += width;
    return true;
  });
  return found;
}

describe.each(Object.entries(TEXTS))('%s', (_name, text) => {
  test.each(WIDTHS)('no line is wider than %i columns', (width) => {
    for (const isCursor of [false, true])
      for (const [view, lines] of Object.entries(linesAbout(text, width, isCursor)))
        for (const line of lines) {
          const columns = stringWidth(plain(line));
          expect(columns, `${view}: ${plain(line)}`).toBeLessThanOrEqual(width);
        }
  });

  test('the bar of the cursor goes to the edge', () => {
    for (const width of WIDTHS) {
      const { tree, stream, alerts, binaries } = linesAbout(text, width, true);
      for (const line of [tree?.at(-1), stream?.[0], alerts?.[1], binaries?.[1]])
        expect(stringWidth(plain(line ?? ''))).toBe(width);
    }
  });

  test.each(['modern', 'old'] as const)(
    '%s terminals have each column where we count it',
    async (widths) => {
      for (const width of WIDTHS.filter((_, at) => at % 3 === 0))
        for (const [view, lines] of Object.entries(linesAbout(text, width, false)))
          for (const line of lines) {
            const cells = await shown(line, width, widths);
            const wrong = [...landmarks(line)].filter(
              ([column, letter]) => cells[column]?.text[0] !== letter,
            );
            expect(wrong, `${view} at ${width}: ${plain(line)}`).toEqual([]);
          }
    },
  );
});

test('widths from 60 to 300', () => {
  const text = TEXTS.mixed ?? '';
  for (let width = 60; width <= 300; width += 3)
    for (const [view, lines] of Object.entries(linesAbout(text, width, width % 2 === 0)))
      for (const line of lines)
        expect(stringWidth(plain(line)), `${view} at ${width}`).toBeLessThanOrEqual(width);
});
