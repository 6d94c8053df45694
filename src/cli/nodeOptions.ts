import type { CommandName, Option } from './option.ts';

const ATTACH: readonly CommandName[] = ['attach'];

/** Options of `trigon attach`; those of TLS are named as tetra's. */
export const NODE_OPTIONS: readonly Option[] = [
  {
    name: 'read-only',
    commands: ATTACH,
    help: 'nothing can be armed',
  },
  {
    name: 'tls-ca-cert-files',
    aliases: ['tls-ca-cert-file'],
    commands: ATTACH,
    value: 'FILE',
    needs: 'a PEM file',
    help: "talk TLS; the agents' certificates must come from these authorities",
  },
  {
    name: 'tls-cert-file',
    commands: ATTACH,
    value: 'FILE',
    needs: 'a PEM file',
    help: 'talk TLS, with this certificate of ours when an agent asks for one',
  },
  {
    name: 'tls-key-file',
    commands: ATTACH,
    value: 'FILE',
    needs: 'a PEM file',
    help: 'its key',
  },
  {
    name: 'tls-server-name',
    commands: ATTACH,
    value: 'NAME',
    needs: 'a name',
    help: "name that the agents' certificates have, where it isn't their address",
  },
];
