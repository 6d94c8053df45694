/** The keys that the operator has given to commands in their place. Set once, before the screen is there. */
let rebound: ReadonlyMap<string, readonly string[]> = new Map();

/** @param keys by the id of the command, as `formatKey` writes them; what isn't there keeps those of the command table */
export function rebindKeys(keys: ReadonlyMap<string, readonly string[]>): void {
  rebound = keys;
}

/** undefined: the command has the keys of the table. */
export const reboundKeys = (id: string): readonly string[] | undefined => rebound.get(id);
