import { sudoUser } from '../../agent/sudoUser.ts';
import { readUserNames } from '../../agent/users.ts';
import { escapeText } from '../../events/text.ts';
import { sourceLook } from '../detail/sourceLook.ts';
import type { Dialog, DialogStep } from '../dialog.ts';
import { createMenu } from '../dialogs/menu.ts';
import { createPrompt } from '../dialogs/prompt.ts';
import { setOverlay, without } from '../overlay.ts';
import { detailFormats, policyFormats } from '../save/coverFormats.ts';
import { counted, type SaveFormat } from '../save/formats.ts';
import { openSaveFile, type SaveFile, whatIsAt } from '../save/saveFile.ts';
import { writeRows } from '../save/saveJob.ts';
import { defaultName, fileProblem, nameProblem, pathOf } from '../save/saveName.ts';
import { policyById, say } from '../state.ts';
import { renderLine } from '../text/line.ts';
import type { Handlers, Ui } from './ui.ts';

/** What is saved, and what its file is called by default. */
type Source = { readonly what: string; readonly formats: readonly SaveFormat[] };

/** Ctrl-S: what the view shows, into a file of whoever started Trigon. */
export function createSave(ui: Ui): Handlers {
  const { state, effects, look } = ui;
  const caller = sudoUser();
  const owner = typeof caller === 'string' ? undefined : caller;
  const uid = owner?.uid ?? process.geteuid?.() ?? 0;
  const user = readUserNames().get(uid) ?? String(uid);

  const source = (): Source => {
    const { overlay, view } = state;
    if (overlay?.kind === 'detail')
      return {
        what: 'detail',
        formats: detailFormats(overlay.detail, { ...look, ...sourceLook(state) }),
      };
    const policy = overlay?.kind === 'policy' && policyById(state, overlay.view.policyId);
    if (policy)
      return { what: 'policy', formats: policyFormats(policy, overlay.view.source, look) };
    return { what: view, formats: ui.panes[view].save?.() ?? [] };
  };

  /** Opens the file; what is wrong is told in words. */
  const open = (path: string): SaveFile | string => {
    try {
      return openSaveFile(path, owner);
    } catch (error) {
      return fileProblem(error, user);
    }
  };

  const write = async (format: SaveFormat, path: string, file: SaveFile, mayReplace: boolean) => {
    let rows = 0;
    let isCancelled = false;
    const progress: Dialog = {
      place: 'line',
      hints: [],
      lines: () => [],
      footer(width) {
        const text = ` saving ${rows} of ${counted(format.count, format.noun)} to ${escapeText(path)}; Esc cancels`;
        return renderLine([{ text, style: look.theme['text.strong'] }], width);
      },
      onKey(key) {
        if (key !== 'escape') return 'pass';
        isCancelled = true;
        return 'close';
      },
    };
    ui.open(progress);
    try {
      const saved = await writeRows(
        format,
        file,
        (count) => {
          rows = count;
          effects.repaint();
        },
        () => isCancelled,
      );
      if (!saved) {
        say(state, 'not saved: cancelled, nothing is left of the file');
        return;
      }
      file.finish(mayReplace);
      const gone = format.count - saved.rows;
      const left = gone > 0 ? `; ${gone} had left the memory meanwhile` : '';
      say(
        state,
        `saved ${counted(saved.rows, format.noun)}, ${saved.bytes} bytes, to ${path}${left}`,
      );
    } catch (error) {
      say(state, `not saved: ${path}: ${fileProblem(error, user)}`, 'warning');
    } finally {
      file.abandon();
      setOverlay(state, without(state.overlay, progress));
      effects.repaint();
    }
  };

  /** @returns why it can't be saved so, or what to do next */
  const attempt = (format: SaveFormat, what: string, name: string): DialogStep | string => {
    const path = pathOf(name, owner);
    try {
      const found = whatIsAt(path, owner);
      if (found === 'file') return () => askToReplace(format, what, name, path);
      if (found === 'folder') return 'this is a folder: add the name of a file';
      if (found === 'other') return 'this is a link or a device: take another name';
    } catch (error) {
      return fileProblem(error, user);
    }
    const file = open(path);
    return typeof file === 'string' ? file : () => void write(format, path, file, false);
  };

  const askToReplace = (format: SaveFormat, what: string, name: string, path: string) => {
    const menu = createMenu({
      title: `${escapeText(path)} exists`,
      items: () => [
        { label: 'Another name', note: 'leave it as it is' },
        { label: 'Replace it', note: 'what is in it now is lost', isDanger: true },
      ],
      look,
      isGuarded: true,
      choose(index) {
        if (index === 0) return () => askForName(format, what, name);
        const file = open(path);
        return typeof file === 'string'
          ? () => askForName(format, what, name, file)
          : () => void write(format, path, file, true);
      },
    });
    ui.open(menu);
  };

  const askForName = (format: SaveFormat, what: string, text: string, problem?: string) => {
    let failed = problem === undefined ? undefined : { text, problem };
    const rows = `${counted(format.count, format.noun)}, ${format.label}`;
    const prompt = createPrompt({
      prompt: 'file: ',
      text,
      look,
      bang: 'in-name',
      say(name) {
        const wrong = nameProblem(name) ?? (failed?.text === name ? failed.problem : undefined);
        if (wrong !== undefined) return { text: wrong, isWrong: true };
        return { text: `${rows}: ${user}’s file, for nobody else`, isWrong: false };
      },
      accept(name) {
        const step = attempt(format, what, name);
        if (!isProblem(step)) return step;
        failed = { text: name, problem: step };
        return 'stay';
      },
    });
    ui.open(prompt);
  };

  const askForFormat = ({ what, formats }: Source) =>
    ui.open(
      createMenu({
        title: 'save',
        items: () => formats.map(({ label, note }) => ({ label, note })),
        look,
        choose(index) {
          const format = formats[index];
          if (!format) return 'stay';
          return () => askForName(format, what, defaultName(what, format.extension));
        },
      }),
    );

  return {
    'row.save': (name) => {
      // Never as root in the place of somebody who isn't known.
      if (typeof caller === 'string') return say(state, `not saved: ${caller}`, 'warning');
      const found = source();
      const [first] = found.formats;
      if (!first) return say(state, 'there is nothing here to save', 'warning');
      if (name === undefined) return askForFormat(found);
      const format = found.formats.find(({ extension }) => name.endsWith(`.${extension}`)) ?? first;
      const problem = nameProblem(name);
      const step = problem ?? attempt(format, found.what, name);
      if (isProblem(step)) askForName(format, found.what, name, step);
      else if (typeof step === 'function') step();
    },
  };
}

/** Words, and none of a dialog's steps. */
const isProblem = (step: DialogStep | string): step is string =>
  typeof step === 'string' && step !== 'stay' && step !== 'close' && step !== 'pass';
