/** The fields of a policy, mapping by mapping. What each takes and means is written here; which there are, which must be there and
 * which words they take, the reader is asked (mappings.ts), and a field that stands here and not there, or there and not here, is an error. */
import type { Mapping } from './probe.ts';
import { policyWith, withHook, withSelector } from './probe.ts';

export type FieldText = {
  /** Kind of value, in words. `words`: those that the reader lists; `list of words` the same. */
  takes: string;
  /** Its default, in words; undefined: absent means nothing. Of required fields it says more. */
  absent?: string;
  means: string;
};

export type Place = {
  title: string;
  about?: string;
  /** The fewest fields that make it right. */
  least: Mapping;
  /** A policy with this mapping. */
  policyOf(mapping: Mapping): Mapping;
  /** By name; several names that mean the same are parted by blanks. */
  fields: Readonly<Record<string, FieldText>>;
};

const COMMON: Place['fields'] = {
  args: { takes: 'list of [arguments](#arguments)', means: 'what is read of the call, and shown' },
  selectors: {
    takes: 'list of [selectors](#selectors)',
    absent: 'each call is told',
    means: 'which calls count, and what is done',
  },
  message: { takes: 'text', means: 'shown with its events' },
  tags: { takes: 'list of texts', means: 'shown with its events' },
};

const RETURNED: Place['fields'] = {
  data: {
    takes: 'list of [arguments](#arguments)',
    means: 'values from elsewhere than the call: the task, registers',
  },
  return: {
    takes: 'true, false',
    absent: 'false',
    means: 'the event waits for the return, and tells what was returned; needs `returnArg`',
  },
  returnArg: { takes: '[argument](#arguments)', means: 'type of what is returned' },
};

const functionFields = (ignored: Place['fields']): Place['fields'] => ({
  call: {
    takes: 'name',
    means:
      'a function of the kernel, or a system call (`sys_openat`; `__x64_` and its kin may stand before it), or `list:NAME`',
  },
  syscall: {
    takes: 'true, false',
    absent: 'true',
    means: 'it is a system call. **For any other function write `false`**',
  },
  ...RETURNED,
  returnArgAction: {
    takes: 'words',
    means: 'what is returned is a socket: note, or forget, whose it is',
  },
  ...ignored,
  ...COMMON,
});

const IGNORE: Place['fields'] = {
  ignore: { takes: '[mapping](#ignore)', means: 'what is to be passed over' },
};

const operatorAndValues = (values: FieldText): Place['fields'] => ({
  operator: { takes: 'words', means: 'one of the values, or none of them' },
  values,
});

const withArgument = (argument: Mapping): Mapping => withHook({ args: [argument] });

export const PLACES: readonly Place[] = [
  {
    title: 'The document',
    about: 'A file may hold several, parted by `---`. An unknown field is an error anywhere.',
    least: {
      apiVersion: 'cilium.io/v1alpha1',
      kind: 'TracingPolicy',
      metadata: { name: 'a' },
      spec: {},
    },
    policyOf: (mapping) => mapping,
    fields: {
      apiVersion: { takes: '`cilium.io/v1alpha1`', means: 'the version of the language' },
      kind: {
        takes: 'words',
        means:
          'for the whole host, or for the pods of a namespace ([here](policies.md#pods-and-containers): containers that carry its label)',
      },
      metadata: { takes: '[mapping](#metadata)', means: 'its name, and what it says of itself' },
      spec: { takes: '[mapping](#spec)', means: 'what it does' },
    },
  },
  {
    title: 'metadata',
    least: { name: 'a' },
    policyOf: (metadata) => ({ ...policyWith({}), metadata }),
    fields: {
      name: {
        takes: 'name',
        means: 'lower-case letters, digits, `-` and `.`; told apart by it, and typed to arm it',
      },
      namespace: {
        takes: 'name',
        absent: '`default`',
        means: 'of a TracingPolicyNamespaced; otherwise without effect, with a warning',
      },
      labels: { takes: 'mapping of texts', means: 'read over' },
      annotations: {
        takes: 'mapping of texts',
        means: 'those below `trigon/` are [ours](policies.md#annotations), others are read over',
      },
      'creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName generation managedFields ownerReferences resourceVersion selfLink uid':
        { takes: 'anything', means: 'Kubernetes writes them; read over' },
    },
  },
  {
    title: 'spec',
    about: 'Of the first six a policy has one at most: hooks of two kinds are two policies.',
    least: {},
    policyOf: policyWith,
    fields: {
      kprobes: {
        takes: 'list of [hooks](#kprobes-fentries)',
        means: 'functions of the kernel and system calls',
      },
      fentries: {
        takes: 'list of [hooks](#kprobes-fentries)',
        means: 'functions of the kernel by trampolines; they only watch',
      },
      tracepoints: { takes: 'list of [hooks](#tracepoints)', means: 'tracepoints of the kernel' },
      lsmhooks: { takes: 'list of [hooks](#lsmhooks)', means: 'the kernel’s security hooks' },
      uprobes: {
        takes: 'list of [hooks](#uprobes)',
        means: 'functions and places of programs and libraries',
      },
      usdts: { takes: 'list of [hooks](#usdts)', means: 'probes that programs bring' },
      loader: {
        takes: 'true, false',
        absent: 'false',
        means: 'tell of each program and library that is mapped to be run',
      },
      lists: {
        takes: 'list of [lists](#lists)',
        means: 'names of functions or system calls, for `list:NAME`',
      },
      enforcers: {
        takes: 'list of [enforcers](#enforcers)',
        means: 'calls that NotifyEnforcer acts in',
      },
      options: { takes: 'list of [options](#options)', means: 'how it is run' },
      selectorsMacros: {
        takes: 'mapping of [selectors](#selectors)',
        means: 'parts of selectors by name, for `macros`',
      },
      podSelector: {
        takes: '[label selector](#podselector-and-its-kin)',
        means: 'only in containers of such pods',
      },
      containerSelector: {
        takes: '[label selector](#podselector-and-its-kin)',
        means: 'only in such containers',
      },
      hostSelector: {
        takes: '`{}`',
        means: 'only what runs in no container; with the others: that too',
      },
      nodeSelector: {
        takes: '[label selector](#podselector-and-its-kin)',
        means: 'only on such hosts',
      },
    },
  },
  {
    title: 'kprobes, fentries',
    least: { call: 'sys_read' },
    policyOf: (hook) => policyWith({ kprobes: [hook] }),
    fields: functionFields(IGNORE),
  },
  {
    title: 'tracepoints',
    least: { subsystem: 'sched', event: 'sched_process_exec' },
    policyOf: (hook) => policyWith({ tracepoints: [hook] }),
    fields: {
      subsystem: { takes: 'name', means: 'a folder of `/sys/kernel/tracing/events`' },
      event: { takes: 'name', means: 'a folder in it' },
      raw: {
        takes: 'true, false',
        absent: 'false',
        means:
          'the arguments are those of the kernel’s own call of the tracepoint, not the fields of its format',
      },
      ...COMMON,
    },
  },
  {
    title: 'lsmhooks',
    least: { hook: 'file_open' },
    policyOf: (hook) => policyWith({ lsmhooks: [hook] }),
    fields: {
      hook: {
        takes: 'name',
        means: 'as in `security_NAME`, without the first part: `bprm_check_security`',
      },
      ...COMMON,
    },
  },
  {
    title: 'uprobes',
    least: { path: '/bin/bash', symbols: ['main'] },
    policyOf: (hook) => policyWith({ uprobes: [hook] }),
    fields: {
      path: { takes: 'path', means: 'the program or library' },
      symbols: {
        takes: 'list of texts',
        absent: 'one of these three',
        means: 'names of functions, each with an offset if wished: `main+0x10`',
      },
      offsets: {
        takes: 'list of numbers',
        absent: 'one of these three',
        means: 'places by their offset in the file',
      },
      addrs: {
        takes: 'list of numbers',
        absent: 'one of these three',
        means: 'places by their address in the file’s own numbering',
      },
      refCtrOffsets: {
        takes: 'list of numbers',
        means: 'counters that the probes raise, one for each place',
      },
      binaryDigests: {
        takes: 'list of texts',
        means:
          '`ALGORITHM:HEX` with sha1, sha256, sha384, sha512 or build-id: the file must be one of these',
      },
      btfPath: { takes: 'path', means: 'a file with the program’s types, for `resolve`' },
      ...IGNORE,
      ...RETURNED,
      ...COMMON,
    },
  },
  {
    title: 'usdts',
    least: { path: '/usr/lib/libc.so.6', provider: 'libc', name: 'setjmp' },
    policyOf: (hook) => policyWith({ usdts: [hook] }),
    fields: {
      path: { takes: 'path', means: 'the program or library' },
      provider: { takes: 'text', means: 'the probe’s provider' },
      name: { takes: 'text', means: 'and its name' },
      btfPath: { takes: 'path', means: 'a file with the program’s types, for `resolve`' },
      ...COMMON,
    },
  },
  {
    title: 'ignore',
    about: 'Of a kprobe or fentry:',
    least: {},
    policyOf: (ignore) => policyWith({ kprobes: [{ call: 'sys_read', ignore }] }),
    fields: {
      callNotFound: {
        takes: 'true, false',
        absent: 'false',
        means: 'the hook is left out where the kernel has no such function',
      },
    },
  },
  {
    title: 'ignore, of uprobes',
    least: {},
    policyOf: (ignore) =>
      policyWith({ uprobes: [{ path: '/bin/bash', symbols: ['main'], ignore }] }),
    fields: {
      digestVerificationFailure: {
        takes: 'true, false',
        absent: 'false',
        means: 'the hook is left out where the file is none of `binaryDigests`',
      },
    },
  },
  {
    title: 'arguments',
    about:
      'Items of `args` and `data`, and `returnArg`. In `data`, `source` and `resolve` must be there, and `index` means nothing.',
    least: { index: 0, type: 'int' },
    policyOf: withArgument,
    fields: {
      index: {
        takes: 'number',
        means: 'which argument, from 0; of a tracepoint which field of its format',
      },
      type: {
        takes: '[type](#types)',
        absent: 'at functions; of tracepoints, and elsewhere with `resolve`, `auto`',
        means: 'how it is read and shown',
      },
      label: { takes: 'text', means: 'a name for it in events' },
      resolve: {
        takes: 'path',
        means:
          'a field to go to from there: `mm.owner.comm`, `a.b[3].c`. With `source: pt_regs` a register: `rdi`, `x0`',
      },
      btfType: { takes: 'name', means: 'the struct that the argument points to, for `resolve`' },
      btfTypeModule: {
        takes: 'name',
        means: 'the module that has this struct; only in kprobes and fentries',
      },
      sizeArgIndex: {
        takes: 'number',
        absent: '0: none',
        means: 'of a buffer: which argument holds its length, **from 1**',
      },
      returnCopy: {
        takes: 'true, false',
        absent: 'false',
        means: 'of a buffer that the call fills: read at its return',
      },
      maxData: {
        takes: 'true, false',
        absent: 'false',
        means: 'of a buffer: Tetragon reads more than 4,095 bytes then; here it is a warning',
      },
      source: {
        takes: '`current_task`, `pt_regs`',
        means: 'only in `data`: where `resolve` begins',
      },
    },
  },
  {
    title: 'selectors',
    about: 'All filters of a selector must hold; an empty one holds always.',
    least: {},
    policyOf: withSelector,
    fields: {
      label: { takes: 'text', means: 'its name in counters' },
      macros: {
        takes: 'list of names',
        means: 'of `spec.selectorsMacros`: their fields are taken over. No field may come from two',
      },
      matchPIDs: { takes: 'list of [filters](#matchpids)', means: 'the process' },
      matchBinaries: {
        takes: 'list of one [filter](#matchbinaries-matchparentbinaries)',
        means: 'its executable',
      },
      matchParentBinaries: {
        takes: 'list of one [filter](#matchbinaries-matchparentbinaries)',
        means: 'that of its parent',
      },
      matchArgs: {
        takes: 'list of [filters](#matchargs-matchdata-matchreturnargs)',
        means: 'what was read of the call',
      },
      matchData: {
        takes: 'list of [filters](#matchargs-matchdata-matchreturnargs)',
        means: 'what `data` read',
      },
      matchReturnArgs: {
        takes: 'list of [filters](#matchargs-matchdata-matchreturnargs)',
        means: 'what was returned; needs `return: true`',
      },
      matchNamespaces: { takes: 'list of [filters](#matchnamespaces)', means: 'its namespaces' },
      matchNamespaceChanges: {
        takes: 'list of one [filter](#matchnamespacechanges)',
        means: 'namespaces that it has changed since it was started',
      },
      matchCapabilities: {
        takes: 'list of [filters](#matchcapabilities-matchcapabilitychanges)',
        means: 'its capabilities',
      },
      matchCapabilityChanges: {
        takes: 'list of [filters](#matchcapabilities-matchcapabilitychanges)',
        means: 'capabilities that it has changed since it was started',
      },
      matchWorkloads: { takes: '[mapping](#matchworkloads)', means: 'its container' },
      matchActions: {
        takes: 'list of [actions](#actions)',
        absent: 'Post',
        means: 'what is done when the call begins',
      },
      matchReturnActions: {
        takes: 'list of [actions](#actions)',
        means: 'what is done when it has returned; needs `return: true`',
      },
    },
  },
  {
    title: 'matchArgs, matchData, matchReturnArgs',
    least: { operator: 'Equal', values: ['/etc/hosts'] },
    policyOf: (filter) => withSelector({ matchArgs: [filter] }),
    fields: {
      index: {
        takes: 'number',
        absent: '0',
        means: 'the `index` of the argument; in `matchData` the position in `data`',
      },
      args: {
        takes: 'list of numbers',
        means: 'in its place: the position in `args`, from 0. CapabilitiesGained takes two',
      },
      operator: { takes: '[operator](#operators)', means: 'how it is compared' },
      values: {
        takes: 'list of [values](#values)',
        means: 'with what: one of them must fit, and for a `Not…` none',
      },
    },
  },
  {
    title: 'matchPIDs',
    least: { operator: 'In', values: [1] },
    policyOf: (filter) => withSelector({ matchPIDs: [filter] }),
    fields: {
      ...operatorAndValues({ takes: 'list of numbers', means: 'process numbers' }),
      isNamespacePID: {
        takes: 'true, false',
        absent: 'false',
        means: 'numbers are those in the process’s own pid namespace',
      },
      followForks: { takes: 'true, false', absent: 'false', means: 'their descendants too' },
    },
  },
  {
    title: 'matchBinaries, matchParentBinaries',
    least: { operator: 'In', values: ['/bin/sh'] },
    policyOf: (filter) => withSelector({ matchBinaries: [filter] }),
    fields: {
      ...operatorAndValues({
        takes: 'list of paths',
        means: 'of a script that of its interpreter',
      }),
      followChildren: {
        takes: 'true, false',
        absent: 'false',
        means: 'with In and NotIn: what they start too',
      },
    },
  },
  {
    title: 'matchNamespaces',
    least: { namespace: 'Net', operator: 'In', values: ['host_ns'] },
    policyOf: (filter) => withSelector({ matchNamespaces: [filter] }),
    fields: {
      namespace: { takes: 'words', means: 'which of them' },
      ...operatorAndValues({
        takes: 'list',
        means: '`host_ns`, or numbers as in `ls -l /proc/self/ns`',
      }),
    },
  },
  {
    title: 'matchNamespaceChanges',
    least: { operator: 'In', values: ['Net'] },
    policyOf: (filter) => withSelector({ matchNamespaceChanges: [filter] }),
    fields: operatorAndValues({ takes: 'list of words', means: 'which have changed' }),
  },
  {
    title: 'matchCapabilities, matchCapabilityChanges',
    least: { operator: 'In', values: ['CAP_SYS_ADMIN'] },
    policyOf: (filter) => withSelector({ matchCapabilities: [filter] }),
    fields: {
      type: { takes: 'words', absent: '`Effective`', means: 'which set' },
      ...operatorAndValues({
        takes: 'list of [capabilities](#names)',
        means: 'one of them is in the set, or none is',
      }),
      isNamespaceCapability: {
        takes: 'true, false',
        absent: 'false',
        means: 'only in another user namespace than the host’s',
      },
    },
  },
  {
    title: 'matchWorkloads',
    least: {},
    policyOf: (matchWorkloads) => withSelector({ matchWorkloads }),
    fields: {
      podSelector: { takes: '[label selector](#podselector-and-its-kin)', means: 'as in `spec`' },
      containerSelector: {
        takes: '[label selector](#podselector-and-its-kin)',
        means: 'as in `spec`',
      },
      hostSelector: { takes: '`{}`', means: 'as in `spec`' },
    },
  },
  {
    title: 'podSelector and its kin',
    about:
      'Kubernetes’ label selectors. A container has the labels `name` and `repo`: its name, and its image without the tag.',
    least: {},
    policyOf: (podSelector) => policyWith({ podSelector }),
    fields: {
      matchLabels: { takes: 'mapping of texts', means: 'labels that must be so' },
      matchExpressions: {
        takes: 'list of [conditions](#conditions-on-labels)',
        means: 'conditions that must hold',
      },
    },
  },
  {
    title: 'conditions on labels',
    least: { key: 'app', operator: 'In', values: ['web'] },
    policyOf: (condition) => policyWith({ podSelector: { matchExpressions: [condition] } }),
    fields: {
      key: { takes: 'text', means: 'the label' },
      operator: { takes: 'words', means: 'how it is compared' },
      values: { takes: 'list of texts', absent: 'with In and NotIn alone', means: 'with what' },
    },
  },
  {
    title: 'actions',
    about: '[What they do](#what-actions-do) stands below.',
    least: { action: 'Post' },
    policyOf: (action) => withSelector({ matchActions: [action] }),
    fields: {
      action: { takes: '[action](#what-actions-do)', means: 'what is done' },
      rateLimit: {
        takes: 'time',
        means: 'Post: the same event only once in this time: `30`, `30s`, `5m`, `1h`',
      },
      rateLimitScope: { takes: 'words', absent: '`thread`', means: 'whose events are the same' },
      kernelStackTrace: {
        takes: 'true, false',
        absent: 'false',
        means: 'Post: with the kernel’s stack; not in lsmhooks',
      },
      userStackTrace: {
        takes: 'true, false',
        absent: 'false',
        means: 'Post: with the program’s stack; not in lsmhooks',
      },
      imaHash: {
        takes: 'true, false',
        absent: 'false',
        means: 'Post: with the hash of the file; only in lsmhooks that have one',
      },
      argError: {
        takes: 'number',
        absent: '0, with a warning',
        means: 'Override, NotifyEnforcer: what the call returns: -1 is EPERM',
      },
      argSig: { takes: 'number', means: 'Signal, NotifyEnforcer: the signal, 1 to 64' },
      argUrl: { takes: 'URL', means: 'GetUrl: asked for over http or https' },
      argFqdn: { takes: 'host name', means: 'DnsLookup: looked up' },
      argSock: {
        takes: 'number',
        absent: '0',
        means: 'TrackSock, UntrackSock: `index` of the argument that is the socket',
      },
      argIndex: {
        takes: 'number',
        absent: '0',
        means: 'Set: `index` of the argument that is written',
      },
      argValue: { takes: 'number', absent: '0', means: 'Set: what is written' },
      'argRegs argNewSymbol argNewAddr argNewOffset': {
        takes: 'texts',
        means:
          'Override in uprobes: registers, and another function in its place. Read, and [refused here](policies.md#what-runs-where)',
      },
    },
  },
  {
    title: 'lists',
    least: { name: 'a', values: ['do_exit'] },
    policyOf: (list) => policyWith({ lists: [list] }),
    fields: {
      name: { takes: 'name', means: 'for `list:NAME`' },
      type: {
        takes: 'words',
        absent: 'functions',
        means: 'what it holds; the generated ones are made on the host',
      },
      values: {
        takes: 'list of names',
        absent: 'of lists that aren’t generated',
        means: 'of system calls: `sys_dup`, `__x64_sys_dup`, `i386/sys_dup`',
      },
      pattern: {
        takes: 'regular expression',
        means: 'which functions; for `generated_ftrace`, which needs it, alone',
      },
      validated: { takes: 'true, false', means: 'Tetragon’s own; read over' },
    },
  },
  {
    title: 'enforcers',
    least: { calls: ['sys_read'] },
    policyOf: (enforcer) => policyWith({ enforcers: [enforcer] }),
    fields: {
      calls: {
        takes: 'list of names',
        means: 'system calls, `security_` functions or `list:NAME`',
      },
    },
  },
];
