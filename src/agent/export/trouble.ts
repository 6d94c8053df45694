import { codeOf, reasonOf, TargetError } from './targetError.ts';

/** Tells the operator, once, that a file can't be written, and once that it can be again. */
export type Trouble = {
  /** In words; undefined: all is well. */
  readonly reason: string | undefined;
  failed(error: unknown): void;
  /** What was to be written is. @param isLast nothing comes after it */
  well(isLast?: boolean): void;
};

type Notice = (level: 'info' | 'warning', text: string) => void;

export type TroubleOptions = {
  /** Whose file it is and where: `export: /var/log/trigon.log`. */
  readonly what: string;
  /** What becomes of events meanwhile. */
  readonly meanwhile: string;
  readonly notice: Notice;
  /** Events lost by now. */
  readonly lost: () => number;
  /** Ms, of a clock that only goes forward. */
  readonly now: () => number;
};

/** A disk that is full again and again is one trouble, not many. */
const WELL_MS = 3000;

export function createTrouble({ what, meanwhile, notice, lost, now }: TroubleOptions): Trouble {
  let reason: string | undefined;
  let code: string | undefined;
  let lostBefore = 0;
  let wellSince: number | undefined;
  return {
    get reason() {
      return reason;
    },
    failed(error) {
      wellSince = undefined;
      const text = reasonOf(error);
      const kind = codeOf(error) ?? text;
      if (reason !== undefined && code === kind) return;
      if (reason === undefined) lostBefore = lost();
      reason = text;
      code = kind;
      const remedy = error instanceof TargetError ? error.remedy : remedyOf(code);
      notice('warning', `${what} can't be written: ${text}; ${remedy}. ${meanwhile}`);
    },
    well(isLast = false) {
      if (reason === undefined) return;
      wellSince ??= now();
      if (!isLast && now() - wellSince < WELL_MS) return;
      reason = undefined;
      const count = lost() - lostBefore;
      const told =
        count === 0 ? 'nothing was lost' : `${count} ${count === 1 ? 'event' : 'events'} lost`;
      notice('info', `${what} is written again: ${told}`);
    },
  };
}

/** What helps. */
function remedyOf(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
      return 'free some space there';
    case 'EDQUOT':
      return 'free some space or raise the quota';
    case 'EROFS':
      return 'mount the file system writable';
    default:
      return 'see what is wrong with that file system';
  }
}
