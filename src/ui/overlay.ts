import type { Dialog } from './dialog.ts';
import type { PolicyViewState } from './policyView.ts';
import type { AppState, Overlay } from './state.ts';

/** What comes into view when the overlay goes. */
export const belowOf = (overlay: Overlay): Overlay | undefined =>
  'below' in overlay ? overlay.below : undefined;

/** What is below the dialogs that are open. */
export const coverOf = (overlay: Overlay | undefined): Overlay | undefined =>
  overlay?.kind === 'dialog' ? coverOf(overlay.below) : overlay;

/** The overlay without this dialog, wherever in it that lies. */
export function without(overlay: Overlay | undefined, dialog: Dialog): Overlay | undefined {
  if (!overlay || !('below' in overlay)) return overlay;
  if (overlay.kind === 'dialog' && overlay.dialog === dialog) return overlay.below;
  return { ...overlay, below: without(overlay.below, dialog) };
}

/** The full view of a policy, wherever it lies in the overlay. */
export function policyViewIn(overlay: Overlay | undefined): PolicyViewState | undefined {
  if (!overlay) return undefined;
  return overlay.kind === 'policy' ? overlay.view : policyViewIn(belowOf(overlay));
}

/** The overlay without the full view of a policy, wherever in it that lies. */
export function withoutPolicyView(overlay: Overlay | undefined): Overlay | undefined {
  if (!overlay || overlay.kind === 'policy') return undefined;
  return 'below' in overlay ? { ...overlay, below: withoutPolicyView(overlay.below) } : overlay;
}

/** The only way to change what covers the view: each dialog that is no part of it any more is told. */
export function setOverlay(state: AppState, overlay: Overlay | undefined): void {
  const before = dialogsIn(state.overlay);
  const writable: { overlay: Overlay | undefined } = state;
  writable.overlay = overlay;
  const stay = new Set(dialogsIn(overlay));
  for (const dialog of before) if (!stay.has(dialog)) dialog.closed?.();
}

function dialogsIn(overlay: Overlay | undefined): Dialog[] {
  if (!overlay) return [];
  const below = dialogsIn(belowOf(overlay));
  return overlay.kind === 'dialog' ? [overlay.dialog, ...below] : below;
}
