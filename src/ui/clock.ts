/** On a thin link ages go on in such steps: nothing is drawn in between because of them alone. */
const STEP_MS = 10_000;

/**
 * The wall clock, ms, for ages on the screen.
 *
 * @param isStepped only every ten seconds is it another time; asked each time, for while a policy is armed it is not
 */
export const createClock =
  (isStepped: () => boolean, now: () => number = Date.now): (() => number) =>
  () =>
    isStepped() ? Math.floor(now() / STEP_MS) * STEP_MS : now();
