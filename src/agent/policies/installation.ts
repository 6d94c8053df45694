/**
 * What a policy has taken, and how to give it back: first everything that leads the kernel to it, then, when no program can be at
 * work on it any more, the rest. The same way undoes an installation that fails half-way.
 */
export type Installation = {
  /** Runs whenever the policy is switched on, and in reverse order when it is switched off. May throw only when it is to be on. */
  onSwitch(change: (isOn: boolean) => void): void;
  /** Runs first, in reverse order: takes what others can find out of the kernel. */
  onDisconnect(undo: () => void): void;
  /** Runs a while later, in reverse order: gives numbers and entries back. */
  onRelease(undo: () => void): void;
  /** Bytes of kernel memory that are the policy's. */
  addMemory(bytes: number): void;
  readonly memoryBytes: number;
  /** @throws what a change threw: the policy is off then */
  switch(isOn: boolean): void;
  disconnect(): void;
  release(): void;
};

/**
 * Until what a policy has given up may mean something else, in ms: programs on their way through its hooks are through long
 * before.
 */
export const GRACE_MS = 50;

export function createInstallation(): Installation {
  const connections = new DisposableStack();
  const holdings = new DisposableStack();
  const switches: ((isOn: boolean) => void)[] = [];
  let memoryBytes = 0;
  return {
    onSwitch: (change) => switches.push(change),
    onDisconnect: (undo) => connections.defer(undo),
    onRelease: (undo) => holdings.defer(undo),
    addMemory(bytes) {
      memoryBytes += bytes;
    },
    get memoryBytes() {
      return memoryBytes;
    },
    switch(isOn) {
      const switchOff = (those: readonly ((isOn: boolean) => void)[]) => {
        for (const change of those.toReversed()) change(false);
      };
      if (!isOn) {
        switchOff(switches);
        return;
      }
      for (const [index, change] of switches.entries())
        try {
          change(true);
        } catch (error) {
          switchOff(switches.slice(0, index + 1));
          throw error;
        }
    },
    disconnect: () => connections.dispose(),
    release: () => holdings.dispose(),
  };
}
