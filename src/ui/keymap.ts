/** The keys that the operator has given to commands in their place. Set once, before the screen is there. */
let rebound: ReadonlyMap<string, readonly string[]> = new Map();

/** @param keys by the id of the command, as `formatKey` writes them; what isn't there keeps those of the command table */
export function rebindKeys(keys: ReadonlyMap<string, readonly string[]>): void {
  rebound = keys;
}

/** Keys are named by words, also those that are signs: for who hears them. Set once, as above. */
let areSpelt = false;

export function spellKeys(): void {
  areSpelt = true;
}

const SPELT: Readonly<Record<string, string>> = {
  ...{ '+': 'Plus', '-': 'Minus', up: 'Up', down: 'Down', left: 'Left', right: 'Right' },
};

/** undefined: the key is shown as it is. */
export const speltKey = (key: string): string | undefined => (areSpelt ? SPELT[key] : undefined);

/** undefined: the command has the keys of the table. */
export const reboundKeys = (id: string): readonly string[] | undefined => rebound.get(id);
