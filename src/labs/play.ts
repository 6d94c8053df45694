import { startAgentClient } from '../agent/client.ts';
import type { AgentOptions, FromAgent } from '../agent/messages.ts';
import { createPolicyBook } from '../agent/policyBook.ts';
import { packedSizeAt, readPacked } from '../events/wire/packed.ts';
import { createDirector } from './director.ts';
import type { Lab } from './lab.ts';
import { nextMove } from './learner.ts';
import { attackProgram, labFolder } from './places.ts';
import { policyNameOf } from './policyNames.ts';
import { type LabSession, stepOf, unmet } from './session.ts';
import { labSources } from './sources.ts';

/** What came of a lab that was played to its end, or as far as it went. */
export type Played = { lab: string; ok: boolean; steps: number; passed: number; why: string };

/** A step that needs longer waits for something that won't come. */
const STEP_MS = 20_000;

/**
 * Plays a lab in an agent of its own, doing what the learner should do. Resolves when nothing of it is left.
 *
 * @param agentOptions without policies
 * @param stepMs a step that takes longer fails
 */
export async function playLab(
  lab: Lab,
  agentOptions: AgentOptions,
  stepMs = STEP_MS,
): Promise<Played> {
  const { promise: over, resolve: end } = Promise.withResolvers<string>();
  const book = createPolicyBook();
  const problems: string[] = [];
  let told = -1;
  let limit: NodeJS.Timeout | undefined;

  const director = createDirector({
    lab,
    program: attackProgram(),
    folder: labFolder(),
    policyOf: (event) => policyNameOf(event, book.hookNames),
    onChange: () => queueMicrotask(play),
  });
  const agent = startAgentClient({ ...agentOptions, policies: labSources(lab) }, onMessage);

  function onMessage(message: FromAgent): void {
    if (message.type === 'policies') {
      book.describe(message);
      director.onPolicies(book.list());
    } else if (message.type === 'records') {
      const view = new DataView(message.buffer, 0, message.bytes);
      for (let at = 0; at < message.bytes; at += packedSizeAt(view, at))
        if (director.isWatching) director.onEvent(readPacked(view, at));
      agent.send({ type: 'done', bytes: message.bytes });
    } else if (message.type === 'loaded') {
      problems.push(...message.problems);
      restartLimit();
      play();
    } else if (message.type === 'notice' && message.level === 'warning') {
      problems.push(message.text);
    } else if (message.type === 'failed') {
      end(`${message.message}; ${message.remedy}`);
    }
  }

  function restartLimit(): void {
    clearTimeout(limit);
    limit = setTimeout(() => end(waitedFor(director.session)), stepMs);
  }

  /** Until there is nothing to do but wait. */
  function play(): void {
    const { session } = director;
    if (session.isOver) {
      end('');
      return;
    }
    const move = nextMove(session, book.list(), told === session.at);
    if (move.kind === 'tell') {
      told = session.at;
      for (const message of move.messages) agent.send(message);
      play();
    } else if (move.kind === 'press') {
      for (const input of move.inputs) director.input(input);
      if (director.session.at !== session.at) restartLimit();
    }
  }

  const why = await over;
  clearTimeout(limit);
  director.close();
  await agent.stop();
  const { at, isOver } = director.session;
  const passed = isOver ? lab.steps.length : at;
  return {
    lab: lab.name,
    ok: isOver,
    steps: lab.steps.length,
    passed,
    why: [why, ...(isOver ? [] : problems)].filter((text) => text !== '').join('; '),
  };
}

function waitedFor(session: LabSession): string {
  const { line } = stepOf(session).position;
  return `step ${session.at + 1} (line ${line}) still waits for ${unmet(session).join(', and ') || 'the learner'}`;
}
