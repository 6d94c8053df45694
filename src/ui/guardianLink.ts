/** The channel to the launcher (bin/trigon.mjs), which restores the terminal when we can't; absent when we were started directly. */
export type GuardianLink = {
  readonly isThere: boolean;
  /** Before the first and after the last byte on the alternate screen. */
  screen(on: boolean): void;
  /** Ctrl-Z, after leaving the screen: stops the whole job. */
  suspend(): void;
  /** Nothing more will be said: lets the process end. */
  close(): void;
};

type Listeners = {
  /** The job runs again; may be said twice. */
  onResume(): void;
  /** The terminal sent Ctrl-C or Ctrl-\ to the job, or the guardian is dead and nobody else can end us. */
  onEnd(): void;
};

export function createGuardianLink({ onResume, onEnd }: Listeners): GuardianLink {
  const isThere = process.send !== undefined && process.connected === true;
  if (isThere) {
    process.on('message', (message: { type?: string }) => {
      if (message.type === 'resume') onResume();
      else if (message.type === 'signal') onEnd();
    });
    process.on('disconnect', onEnd);
    process.channel?.unref();
  }
  const tell = (message: object) => {
    if (process.connected) process.send?.(message);
  };
  return {
    isThere,
    screen: (on) => tell({ type: 'screen', on }),
    suspend: () => tell({ type: 'suspend' }),
    close() {
      process.off('disconnect', onEnd);
      if (process.connected) process.disconnect?.();
    },
  };
}
