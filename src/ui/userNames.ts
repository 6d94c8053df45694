/** Names of this host's users by their number; empty where events are those of other hosts. */
export type UserNames = ReadonlyMap<number, string>;

/** A user's name, or else the number. */
export const userText = (uid: number, names: UserNames): string => names.get(uid) ?? String(uid);
