import type { Fact } from '../../events/facts.ts';
import type { Operator } from '../journal.ts';
import type { FromAgent, Topic } from '../messages.ts';
import type { Actor } from '../policies/policyJournal.ts';
import type { FileOwner } from '../sudoUser.ts';
import type { Tap } from '../taps.ts';
import { createEventFeed } from './eventFeed.ts';
import { encodeMessage } from './frames.ts';
import type { ScreenGreeting } from './greeting.ts';
import type { Link } from './link.ts';
import { createOwners } from './owners.ts';
import { createPendingAnswers } from './pendingAnswers.ts';
import { isChange, type ScreenRequest } from './requests.ts';
import { tellFacts } from './tellFacts.ts';

/** The agent as the hub sees it. */
export type HubHost = {
  /** Carries a request out on behalf of whoever sits at the screen. `owner`: of files that it makes. */
  handle(request: ScreenRequest, by: Operator, owner: FileOwner): void;
  /** What a new screen must know before its first event: all policies, how they stand. */
  introduce(): FromAgent[];
  /** What has been learnt so far. */
  facts(): Iterable<Fact>;
  /** Aggregates.watch: the topics of all screens, and those of them that somebody needs whole again. */
  watch(topics: readonly Topic[], again: readonly Topic[]): void;
  /** Takes policies back to monitor. */
  disarm(policies: readonly number[], actor: Actor): void;
  /** A screen has come: its processes must not be hit from now on. */
  onScreen(): void;
  /** For everybody: the agent's log and all screens. */
  warn(text: string): void;
  /** For the agent's log alone. */
  log(text: string): void;
};

/** The screens that are attached: who gets what, and what becomes of that which a screen has armed. */
export type Hub = {
  /** Passes a message on to the screens that it concerns. @returns whether it is for them alone */
  tell(message: FromAgent): boolean;
  /** A policy was armed; while a request of a screen is carried out, by that. */
  armed(policy: number): void;
  /** Takes all events: those who come later get the last ones. */
  readonly tap: Tap;
  /** Processes of the screens. */
  pids(): readonly number[];
  /** How many. */
  readonly screens: number;
  join(visitor: Visitor): ScreenSeat;
  /** Resolves when the screens have all that was told them, or take too long. */
  close(): Promise<void>;
};

export type ScreenSeat = {
  ask(request: ScreenRequest): void;
  leave(): void;
};

/** Whoever wants to be a screen, with the kernel's word for who it is. */
export type Visitor = Pick<ScreenGreeting, 'operator' | 'readOnly'> & {
  readonly link: Link;
  /** Whose rights on files count at the screen. */
  readonly owner: FileOwner;
  /** Its process; 0: it has no number in our PID namespace. */
  readonly pid: number;
  /** Hangs up: `leave` follows. */
  disconnect(): void;
};

type Screen = Visitor & {
  topics: ReadonlySet<Topic>;
  /** Ms (performance.now) at which its last heartbeat was read: this thread may have been busy since it was sent. */
  heartbeatAt: number;
};

/** A screen that says nothing for so long is hung: what it has armed is disarmed. It sends a heartbeat every second. */
const SILENT_MS = 3000;
const LOOK_MS = 500;
/** All that waits for one: whoever has so much before him reads nothing. */
const MAX_WAITING = 64 << 20;
const STUCK_MS = 10_000;
const CLOSE_MS = 500;

const READ_ONLY = 'nothing is changed from here: this screen was attached with --read-only';
const UNKNOWN_PROCESS =
  "nothing is armed and no signal sent from here: this screen runs in another PID namespace than the agent, which can't keep harm from a process that it doesn't see; start it where the agent runs";

export function createHub(host: HubHost): Hub {
  const screens = new Set<Screen>();
  const owners = createOwners<Screen>();
  const answers = createPendingAnswers<Screen>();
  const feed = createEventFeed(() => Array.from(screens, ({ link }) => link));
  /** For those who come later. */
  const told = new Map<FromAgent['type'], FromAgent>();
  let isClosing = false;
  /** Whose request is being carried out. */
  let asking: Screen | undefined;

  const send = (message: FromAgent, receivers: Iterable<Screen>) => {
    let bytes: Buffer | undefined;
    for (const { link } of receivers) {
      bytes ??= encodeMessage(message);
      link.send(bytes);
    }
  };
  const watching = (topic: Topic) => [...screens].filter(({ topics }) => topics.has(topic));

  const tell = (message: FromAgent): boolean => {
    if ('request' in message) {
      const asked = answers.answered(message.request);
      if (asked) send({ ...message, request: asked.request }, [asked.screen]);
      return asked !== undefined;
    }
    switch (message.type) {
      case 'tree':
      case 'binaries':
      case 'alerts':
        send(message, message.reset && asking ? [asking] : watching(message.type));
        return true;
      case 'notice':
        send(message, asking ? [asking] : screens);
        return asking !== undefined;
      case 'policies':
        owners.onPolicies(message);
        break;
      case 'ready':
      case 'loaded':
      case 'recording':
        told.set(message.type, message);
        break;
    }
    send(message, screens);
    return false;
  };

  const topicsOf = (all: Iterable<Screen>) => [
    ...new Set([...all].flatMap((one) => [...one.topics])),
  ];

  /** The topics that are new to this screen come whole; the others who watch them get what has changed until now. */
  const watch = (screen: Screen, topics: readonly Topic[]) => {
    const before = screen.topics;
    screen.topics = new Set();
    const others = topicsOf(screens);
    const again = topics.filter((topic) => others.includes(topic) && !before.has(topic));
    host.watch([...new Set([...others, ...topics])], again);
    screen.topics = new Set(topics);
  };

  const disarm = (screen: Screen, ended: 'disarmed' | 'lapsed', what: string) => {
    const policies = owners.release(screen);
    if (policies.length === 0) return;
    const reason = `the screen of ${nameOf(screen.operator)} ${what}`;
    try {
      host.disarm(policies, { via: 'trigon', ended, reason });
    } catch (error) {
      // Told and no more: it happens while a screen leaves, and the agent goes on for the others.
      const why = error instanceof Error ? error.message : String(error);
      return host.warn(`${reason}: what it had armed can't be disarmed: ${why}`);
    }
    host.warn(`${reason}: what it had armed is back to monitor`);
  };

  const drop = (screen: Screen) => {
    host.warn(`the screen of ${nameOf(screen.operator)} does not read: disconnected`);
    screen.disconnect();
  };

  /**
   * @param then ms (performance.now); all that the screens had sent until then has been read, and all that they could take was written:
   * what came of it since is no matter, this thread may have been busy with it for long
   */
  const judge = (then: number) => {
    if (isClosing) return;
    for (const screen of screens) {
      if (then - screen.heartbeatAt > SILENT_MS) disarm(screen, 'lapsed', 'does not answer');
      const { stuckSince = then, waiting } = screen.link;
      if (then - stuckSince > STUCK_MS || waiting > MAX_WAITING) drop(screen);
    }
  };
  // The event loop asks its sockets after its timers, and then only does what was planned for "immediately". So a thread that was busy hears
  // the heartbeats that have gathered before it says who is silent.
  const timer = setInterval(() => setImmediate(judge, performance.now()), LOOK_MS);

  const carryOut = (screen: Screen, request: ScreenRequest) => {
    if (request.type === 'heartbeat') {
      screen.heartbeatAt = performance.now();
      return;
    }
    if (screen.readOnly && isChange(request))
      return send({ type: 'notice', level: 'warning', text: READ_ONLY }, [screen]);
    if (screen.pid === 0 && (request.type === 'arm' || request.type === 'signal'))
      return send({ type: 'notice', level: 'warning', text: UNKNOWN_PROCESS }, [screen]);
    asking = screen;
    try {
      if (request.type === 'watch') return watch(screen, request.topics);
      const known =
        'request' in request
          ? { ...request, request: answers.ask(screen, request.request) }
          : request;
      host.handle(known, screen.operator, screen.owner);
    } finally {
      asking = undefined;
    }
  };

  return {
    tell,
    armed: (policy) => owners.armed(policy, asking),
    tap: feed.tap,
    pids: () => [...screens].flatMap(({ pid }) => (pid > 0 ? [pid] : [])),
    get screens() {
      return screens.size;
    },
    join(visitor) {
      const { link, operator } = visitor;
      feed.flush();
      const screen: Screen = {
        ...visitor,
        topics: new Set(),
        heartbeatAt: performance.now(),
      };
      screens.add(screen);
      host.log(`a screen of ${nameOf(operator)} has attached`);
      host.onScreen();
      const ready = told.get('ready');
      if (ready) send(ready, [screen]);
      tellFacts({
        facts: host.facts(),
        link,
        send: (facts) => send({ type: 'facts', facts }, [screen]),
        isThere: () => screens.has(screen),
      });
      for (const message of host.introduce()) send(message, [screen]);
      for (const type of ['loaded', 'recording'] as const) {
        const message = told.get(type);
        if (message) send(message, [screen]);
      }
      feed.catchUp(link);
      return {
        ask: (request) => {
          if (link.waiting > MAX_WAITING) drop(screen);
          else if (screens.has(screen)) carryOut(screen, request);
        },
        leave() {
          if (!screens.delete(screen) || isClosing) return;
          host.log(`the screen of ${nameOf(operator)} has gone`);
          disarm(screen, 'disarmed', 'has gone');
          answers.forget(screen);
          host.watch(topicsOf(screens), []);
        },
      };
    },
    async close() {
      isClosing = true;
      clearInterval(timer);
      const deadline = performance.now() + CLOSE_MS;
      while ([...screens].some(({ link }) => link.waiting > 0) && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
  };
}

/** `alice on pts/3`, as they say of themselves. */
const nameOf = ({ user, sudoUser = user, tty }: Operator): string =>
  tty === undefined ? sudoUser : `${sudoUser} on ${tty.replace(/^\/dev\//, '')}`;
