import type { SourceFacts } from './source.ts';

/** What the frame's rows depend on. */
export type FrameParts = {
  readonly isZoomed: boolean;
  readonly source: Pick<SourceFacts, 'kind'>;
};

/** Rows of the frame around the view: header, tabs, rule; rule, footer. Zoomed: header and footer alone. A replay's bar besides. */
export function frameHeights({ isZoomed, source }: FrameParts): { top: number; bottom: number } {
  const bar = source.kind === 'replay' ? 1 : 0;
  return isZoomed ? { top: 1, bottom: 1 + bar } : { top: 3, bottom: 2 + bar };
}
