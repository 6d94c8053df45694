/** Whether events name more than one node: only then is a node worth a column. Nothing but the first name is kept. */
export type NodeNames = {
  readonly areSeveral: boolean;
  /** An event has been read. */
  note(name: string): void;
};

export function createNodeNames(): NodeNames {
  let first = '';
  let areSeveral = false;
  return {
    get areSeveral() {
      return areSeveral;
    },
    note(name) {
      if (name === first || name === '') return;
      areSeveral ||= first !== '';
      first ||= name;
    },
  };
}
