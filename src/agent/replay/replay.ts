import { setImmediate } from 'node:timers/promises';
import { hasProcess } from '../../events/types.ts';
import type { EventContext } from '../../events/wire/event.ts';
import { packTold } from '../../events/wire/told.ts';
import { NOTHING_LOST } from '../lost.ts';
import type { FromAgent, ToAgent } from '../messages.ts';
import { createOutput } from '../output.ts';
import { createSelector, type Selector } from '../selection.ts';
import { answerTo } from './answers.ts';
import { createComplaints } from './complaints.ts';
import { openInputs } from './openInputs.ts';
import type { ReplayOptions } from './options.ts';
import { createPlayer, type Stage } from './player.ts';
import { createBell } from './pull.ts';
import { readLines } from './reader.ts';
import { createSession } from './session.ts';

/** A replay: takes an agent's messages, and has sent all of its own when it was stopped. */
export type Replay = {
  handle(message: ToAgent): void;
  stop(): Promise<void>;
};

/** Bytes on their way to the main thread, beyond which it is waited for. */
const MAX_UNDER_WAY = 8 << 20;
const FLUSH_MS = 30;
const TELL_MS = 100;
const MODELS_MS = 500;
/** What the screen's store holds: of a way back over more, it wouldn't keep the rest. */
const SHOWN = 100_000;

/** @throws ReplayError what is asked for can't be read */
export async function startReplay(
  options: ReplayOptions,
  send: (message: FromAgent, transfer: ArrayBuffer[]) => void,
  fail: (error: unknown) => void,
): Promise<Replay> {
  const { output: form } = options;
  const isScreen = form.kind === 'records';
  const tell = (message: FromAgent) => send(message, []);
  const complaints = createComplaints(tell);
  const roomy = createBell();
  let underWay = 0;
  let isRecording = false;
  /** Of users. */
  let hasNames = false;

  const sendBatch = (message: FromAgent, transfer: ArrayBuffer[]) => {
    if (message.type === 'records') underWay += message.bytes;
    else if (message.type === 'lines') underWay += message.bytes.length;
    send(message, transfer);
  };

  const selector: Selector | undefined = isScreen
    ? undefined
    : createSelector(
        form.selection,
        // This host's names mean nothing: numbers of other hosts are other users.
        () => undefined,
        (policy) => session.severityOf(policy),
      );
  const session = createSession({
    tell: isScreen ? tell : () => {},
    onProcess: selector && ((pid, parent) => selector.onFork(pid, parent)),
    onExit: selector && ((pid) => selector.onExit(pid)),
  });
  const needsModels = isScreen || form.selection.follow;
  const output = createOutput(form, TOLD, selector, sendBatch);

  const inputs = await openInputs(
    {
      files: options.files,
      withRotated: options.withRotated,
      isTailing: options.isTailing,
      isOnce: !isScreen,
    },
    {
      watcher: (name) => ({
        onWaiting: () => player.onWaiting(),
        onProblem: (text) => complaints.problem(name, text),
      }),
      note: complaints.note,
    },
  );

  const stage: Stage = {
    event(event, line, time, isShown) {
      complaints.isLog();
      // Before the line is chosen: of a process of whom nothing was known, it may be a descendant that is wanted.
      hasNames ||= hasProcess(event) && event.process.user !== undefined;
      if (needsModels) session.add(event, time);
      if (isShown) output.add(packTold(event, line, time));
    },
    recorded(line) {
      isRecording = true;
      session.take(line);
    },
    bad(input, line, reason) {
      complaints.bad(input, line, reason);
      if (player.playback().played === 0 && complaints.isHopeless)
        fail(complaints.verdict(inputs.title));
    },
    restart() {
      output.flush();
      session.restart();
    },
    async room() {
      // Messages come in between.
      await setImmediate();
      if (underWay > MAX_UNDER_WAY) output.flush();
      while (underWay > MAX_UNDER_WAY && !isStopping) await roomy.wait();
    },
    ended() {
      const { played } = player.playback();
      if (played === 0 && complaints.count > 0) return fail(complaints.verdict(inputs.title));
      complaints.sum();
      if (isScreen) {
        if (played === 0) complaints.note(`${inputs.title}: there are no events in it`);
      } else {
        if (!hasNames && form.selection.users.some((user) => !/^\d+$/.test(user)))
          complaints.note(`${inputs.title} tells no names of users: choose them by number`);
        void stop();
      }
    },
    refuse: () =>
      complaints.note('there is no way back: standard input was longer than what is kept of it'),
  };

  const player = createPlayer(
    {
      open: () => readLines(inputs.list, complaints.problem),
      canGoBack: () => !inputs.list.some(({ isOnce }) => isOnce),
      isGrowing: inputs.isGrowing,
      speed: options.speed,
      hasRealGaps: options.hasRealGaps,
      end: inputs.end ?? 0n,
      shown: SHOWN,
    },
    stage,
  );

  let told = '';
  const tellPlayback = () => {
    if (!isScreen) return;
    const playback = { title: inputs.title, ...player.playback(), isRecording };
    const state = Object.values(playback).join();
    if (state === told) return;
    told = state;
    // What was played stands on the screen when it is told.
    output.flush();
    tell({ type: 'playback', playback });
  };
  const timers = [
    setInterval(output.flush, FLUSH_MS),
    setInterval(tellPlayback, TELL_MS),
    setInterval(session.send, MODELS_MS),
  ];

  let isStopping = false;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= end();
    return stopped;
  };
  const end = async () => {
    isStopping = true;
    player.stop();
    roomy.ring();
    for (const timer of timers) clearInterval(timer);
    await playing;
    output.close();
    for (const input of inputs.list) input.close();
    tell({ type: 'stopped', lost: NOTHING_LOST });
  };

  tell({ type: 'ready', hostNamespaces: undefined });
  tell({ type: 'loaded', problems: [], warnings: [] });
  tellPlayback();
  const playing = player.run().catch(fail);

  return {
    handle(message) {
      if (message.type === 'done') {
        underWay -= message.bytes;
        output.done(message.bytes);
        roomy.ring();
      } else if (message.type === 'watch') session.watch(message.topics);
      else if (message.type === 'playback') player.act(message.action);
      else {
        const reply = answerTo(message, session.models);
        if (reply) tell(reply);
      }
    },
    stop,
  };
}

/** Told events have all their words with them. */
const TOLD: EventContext = {
  node: '',
  hookNames: () => undefined,
  parent: () => undefined,
};
