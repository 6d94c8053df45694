/** Modes of a terminal, in the words of `stty -a`, that a shell expects; a program that takes keys turns most of them off. */
export const SANE_MODES = ['icanon', 'echo', 'isig', 'onlcr', 'icrnl', 'ixon', 'opost'];
