/** A request that can't be carried out; the message says why, for the operator. */
export class PolicyRefusal extends Error {}
