import { available, bySyscalls, entryOf, rawTracepoint } from './points.ts';
import { constant, fileOf, kernelText, module } from './sources.ts';
import type { Equivalent } from './types.ts';

/** enum kernel_read_file_id and kernel_load_data_id, include/linux/kernel_read_file.h */
const READING_MODULE = 2;
const READING_KEXEC_IMAGE = 3;
const READING_KEXEC_INITRAMFS = 4;

const NO_MODULES = {
  reason: 'this kernel has no loadable modules (no module:* tracepoints)',
  remedy: 'a kernel with CONFIG_MODULES',
};

const byTracepoint = (
  functions: readonly string[],
  parameters: readonly string[],
  point: ReturnType<typeof rawTracepoint>,
): Equivalent => ({
  functions,
  parameters,
  find: (host) => available(host, { tell: [point] }, NO_MODULES),
});

const LOADED = 'the module is loaded all the same; the process that loads it dies';

export const MODULES: readonly Equivalent[] = [
  byTracepoint(
    ['security_kernel_module_request'],
    ['kmod_name'],
    rawTracepoint('module_request', [kernelText(0)], {
      differs: ['the return value is not told'],
      sigkill: 'the module may still be loaded; the process that needs it dies',
    }),
  ),
  byTracepoint(
    ['do_init_module'],
    ['mod'],
    rawTracepoint('module_load', [module(0)], { sigkill: LOADED }),
  ),
  byTracepoint(
    ['free_module'],
    ['mod'],
    rawTracepoint('module_free', [module(0)], {
      sigkill: 'the module is removed all the same; the process that removes it dies',
    }),
  ),
  bySyscalls(
    ['security_kernel_read_file'],
    ['file', 'id'],
    [
      entryOf('finit_module', [fileOf(0), constant(READING_MODULE)]),
      entryOf('kexec_file_load', [fileOf(0), constant(READING_KEXEC_IMAGE)]),
      entryOf('kexec_file_load', [fileOf(1), constant(READING_KEXEC_INITRAMFS)]),
    ],
    {
      differs: [
        'not seen: firmware, certificates and IMA policies, and modules compressed or loaded by the kernel itself',
      ],
    },
  ),
  bySyscalls(['security_kernel_load_data'], ['id', 'contents'], {
    init_module: [constant(READING_MODULE), constant(1)],
    kexec_load: [constant(READING_KEXEC_IMAGE), constant(0)],
  }),
];
