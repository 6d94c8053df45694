import { createAroundFeature } from './around.ts';
import { createBinaries } from './binaries.ts';
import { createColumns } from './columns.ts';
import { createDoctor } from './doctor.ts';
import { createFilters } from './filters.ts';
import { createFind } from './find.ts';
import { createHelpFeature } from './help.ts';
import { createMarksFeature } from './marks.ts';
import { createMouse } from './mouse.ts';
import { createNodes } from './nodes.ts';
import { createPalette } from './palette.ts';
import { createPlayback } from './playback.ts';
import { createRecord } from './record.ts';
import { createSave } from './save.ts';
import { createSignals } from './signals.ts';
import { createSorting } from './sorting.ts';
import { createTagsFeature } from './tags.ts';
import { createThemes } from './themes.ts';
import { createTimeFeature } from './time.ts';
import type { Handlers, Ui } from './ui.ts';

/** Everything that commands do apart from moving, switching views and policies: one file a feature. */
export function createFeatures(ui: Ui): Handlers {
  return {
    ...createMouse(ui),
    ...createSave(ui),
    ...createSignals(ui),
    ...createHelpFeature(ui),
    ...createPalette(ui),
    ...createThemes(ui),
    ...createAroundFeature(ui),
    ...createNodes(ui),
    ...createPlayback(ui),
    ...createRecord(ui),
    ...createMarksFeature(ui),
    ...createTagsFeature(ui),
    ...createTimeFeature(ui),
    ...createBinaries(ui),
    ...createColumns(ui),
    ...createDoctor(ui),
    ...createSorting(ui),
    ...createFilters(ui),
    ...createFind(ui),
  };
}
