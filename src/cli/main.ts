import { escapeText } from '../events/text.ts';
import { type Command, parseCommandLine } from './commandLine.ts';
import { runDoctor } from './doctor.ts';
import { runEvents } from './events.ts';
import type { LabOptions } from './labCommandLine.ts';
import { UsageError } from './optionValues.ts';

/** Exit codes: 0 as asked, 1 it can't be done on this host or a policy is wrong, 2 the command line is wrong. */
async function run(): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`trigon: ${escapeText(error.message)}\n`);
    return 2;
  }
  if (command.name === 'help') {
    process.stdout.write(command.text);
    return 0;
  }
  if (command.name === 'man') {
    const { manPage } = await import('./manPage.ts');
    process.stdout.write(manPage());
    return 0;
  }
  if (command.name === 'doctor') return runDoctor(command.options);
  if (command.name === 'events') return runEvents(command.options);
  if (command.name === 'policy') {
    const { runPolicy } = await import('./policy.ts');
    return runPolicy(command.options);
  }
  if (command.name === 'lab') return runLabCommand(command.options);
  // Loaded only when there is a screen: Ink and React are most of the start-up time.
  const { runMonitor } = await import('./monitor.ts');
  const { options } = command;
  return told(() => runMonitor(options));
}

/** What only shows once files are looked at: a word of the command line that is wrong. */
async function told(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`trigon: ${escapeText(error.message)}\n`);
    return 2;
  }
}

async function runLabCommand(options: LabOptions): Promise<number> {
  const { findLab, runLab } = await import('./lab.ts');
  return told(async () => {
    if (options.command !== 'start') return runLab(options);
    const lab = findLab(options.lab);
    if (!lab) return 1;
    const { runLabScreen } = await import('./monitor.ts');
    return runLabScreen(lab, options);
  });
}

process.exitCode = await run();
