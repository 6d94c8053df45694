import type { AppSession } from '../../driver/app.ts';
import { until } from '../../driver/until.ts';

/** Acts again and again until a row of the screen shows it: on a busy machine it may scroll by between two frames. */
export async function untilRow(
  app: AppSession,
  isIt: (row: string) => boolean,
  act: () => Promise<unknown>,
): Promise<string | undefined> {
  return await until(
    async () => {
      await act();
      return await until(() => app.screen().find(isIt), { limitMs: 1500, everyMs: 10 });
    },
    { limitMs: 30_000 },
  );
}
