/** Something that can be copied: what it is called, and the text, harmless wherever it is pasted. */
export type CopyChoice = {
  readonly what: string;
  /** What the menu shows in its place: of one that is only made when it is chosen, or that has several lines. */
  readonly preview?: string;
  readonly text: string;
};
