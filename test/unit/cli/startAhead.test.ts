import { expect, test } from 'vitest';
import type { FromAgent, ToAgent } from '../../../src/agent/messages.ts';
import { startAhead } from '../../../src/cli/startAhead.ts';

const notice = (text: string): FromAgent => ({ type: 'notice', level: 'info', text });

/** An agent that speaks when the test says so. */
function agent() {
  const sent: ToAgent[] = [];
  let say: (message: FromAgent) => void = () => {};
  let stops = 0;
  const ahead = startAhead((onMessage) => {
    say = onMessage;
    return {
      send: (message) => void sent.push(message),
      async stop() {
        stops += 1;
      },
    };
  });
  return { ahead, sent, say: (text: string) => say(notice(text)), stops: () => stops };
}

test('what an agent says before the screen is there comes first, in its order, and nothing twice', async () => {
  const { ahead, say } = agent();
  const heard: FromAgent[] = [];
  say('one');
  say('two');
  ahead.start((message) => heard.push(message));
  await Promise.resolve();
  say('three');
  expect(heard).toEqual(['one', 'two', 'three'].map(notice));
});

test('who hears it can answer at once: it has the agent by then', async () => {
  const { ahead, say, sent } = agent();
  say('one');
  const client = ahead.start(() => client.send({ type: 'disarm-all' }));
  expect(sent).toEqual([]);
  await Promise.resolve();
  expect(sent).toEqual([{ type: 'disarm-all' }]);
});

test('without a screen it can be stopped all the same', async () => {
  const { ahead, stops } = agent();
  await ahead.stop();
  expect(stops()).toBe(1);
});
