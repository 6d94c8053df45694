import type { Handlers, Ui } from './ui.ts';

/** Everything that commands do apart from moving, switching views and policies: one file a feature. */
export function createFeatures(_ui: Ui): Handlers {
  return {};
}
