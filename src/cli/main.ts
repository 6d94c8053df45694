import { TargetError } from '../agent/export/targetError.ts';
import { escapeLines, escapeText } from '../events/text.ts';
import { type Command, type EventsOptions, parseCommandLine } from './commandLine.ts';
import type { LabOptions } from './labCommandLine.ts';
import { UsageError } from './optionValues.ts';
import { prepareServices } from './prepareServices.ts';

/** Exit codes: 0 as asked, 1 it can't be done on this host or a policy is wrong, 2 the command line is wrong. */
async function run(): Promise<number> {
  try {
    const command = parseCommandLine(process.argv.slice(2), complain);
    return await carryOut(command);
  } catch (error) {
    if (error instanceof TargetError) {
      process.stderr.write(`trigon: ${escapeLines(`${error.message}\n  ${error.remedy}`)}\n`);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    complain(error.message);
    return 2;
  }
}

const complain = (text: string) => void process.stderr.write(`trigon: ${escapeText(text)}\n`);

/** Each command's code is loaded when it is asked for: a screen's start would wait for all of it. */
async function carryOut(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      return print(command.text);
    case 'version':
      return print((await import('./versionText.ts')).versionText());
    case 'man':
      return print((await import('./manPage.ts')).manPage());
    case 'completion':
      return print((await import('./completion.ts')).completionScript(command.shell));
    case 'config':
      endQuietly();
      return (await import('./configCommand.ts')).runConfig(command.options);
    case 'doctor':
      return (await import('./doctor.ts')).runDoctor(command.options);
    case 'stats':
      endQuietly();
      return (await import('./stats.ts')).runStats(command.options);
    case 'events':
      await prepare(command.options);
      return (await import('./events.ts')).runEvents(command.options);
    case 'agent':
      await prepare(command.options);
      return (await import('./headless.ts')).runHeadless(command.options);
    case 'policy':
      endQuietly();
      return (await import('./policy.ts')).runPolicy(command.options);
    case 'attach':
      return (await import('./attach.ts')).runAttach(command.options);
    case 'replay':
      return (await import('./replay.ts')).runReplay(command.options);
    case 'lab':
      return runLabCommand(command.options);
    case 'monitor':
      return (await import('./monitor.ts')).runMonitor(command.options);
  }
}

const prepare = ({ services, detail }: Pick<EventsOptions, 'services' | 'detail'>) =>
  prepareServices(services, detail);

function print(text: string): number {
  endQuietly();
  process.stdout.write(text);
  return 0;
}

/** Whoever reads has seen enough (head, less): that is no mistake. For commands that do nothing but write. */
function endQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') complain(`can't write to standard output: ${error.message}`);
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

async function runLabCommand(options: LabOptions): Promise<number> {
  const { findLab, runLab } = await import('./lab.ts');
  if (options.command !== 'start') {
    endQuietly();
    return runLab(options);
  }
  const lab = findLab(options.lab);
  if (!lab) return 1;
  return (await import('./labScreen.ts')).runLabScreen(lab, options);
}

// Nobody hears what we complain of (`2>&1 | head`, a log that was restarted, a terminal that is gone): no reason to end in disorder.
process.stderr.on('error', () => {});
process.exitCode = await run();
