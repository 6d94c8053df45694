import { createDoctorPage, type DoctorAnswer } from '../dialogs/doctorPage.ts';
import type { Handlers, Ui } from './ui.ts';

/** `:doctor`: what this kernel and these privileges allow, found out anew each time. */
export function createDoctor({ effects, look, open }: Ui): Handlers {
  return {
    'app.doctor': () => {
      let answer: DoctorAnswer = 'asking';
      const abort = new AbortController();
      const tell = (found: DoctorAnswer) => {
        answer = found;
        effects.repaint();
      };
      void effects.askDoctor(abort.signal).then(
        (report) => tell({ report }),
        (error: unknown) =>
          tell({ problem: error instanceof Error ? error.message : String(error) }),
      );
      open(createDoctorPage({ look, answer: () => answer, closed: () => abort.abort() }));
    },
  };
}
