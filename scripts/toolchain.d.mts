/** Path of a clang of version 16 or newer, the project's own first; undefined: there is none on PATH. */
export function findClang(): string | undefined;
