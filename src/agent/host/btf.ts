import { readFileSync } from 'node:fs';
import type { FunctionPrototype, ResolvedField } from '../../policies/plan.ts';
import { type Elf, withElf } from '../symbols/elf.ts';
import { resolveFieldIn } from './btfFields.ts';
import { typeText } from './btfText.ts';
import { type BtfTypes, KIND, parseBtf, type TypeId } from './btfTypes.ts';

/** What the kernel tells of its own types. All of it is world-readable; nothing is read before the first question. */
export type KernelBtf = {
  /**
   * See {@link resolveFieldIn}. `source`: a kernel module, whose types come before the kernel's; or the absolute path of a file
   * with BTF of a program, as it is or within ELF; undefined: the kernel.
   */
  resolveField(
    structName: string,
    path: readonly string[],
    source: string | undefined,
  ): ResolvedField;
  /** Parameters and result of a function as C types; undefined: the BTF has no such function. `...` stands for varargs. */
  functionPrototype(name: string, module?: string): FunctionPrototype | undefined;
  /** C types of a raw tracepoint's arguments; undefined: there is no such tracepoint. */
  rawTracepointArguments(name: string): readonly string[] | undefined;
  /** Value of an enumerator of any enum; undefined: there is none of that name. */
  enumValue(name: string): bigint | undefined;
  /** Bytes of a struct or union; undefined: the kernel has none of that name. */
  structSize(name: string): number | undefined;
};

const FOLDER = '/sys/kernel/btf';

/**
 * @param readBytes reads BTF by name: `vmlinux` or a module's; default: the running kernel's.
 * @throws, from each method, an Error with the reason when the kernel offers no BTF.
 */
export function openKernelBtf(readBytes: (name: string) => Uint8Array = readKernelFile): KernelBtf {
  const loaded = new Map<string, BtfTypes>();

  function load(name: string): BtfTypes {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const base = name === 'vmlinux' ? undefined : load('vmlinux');
    const types = parseBtf(readBytes(name), base);
    loaded.set(name, types);
    return types;
  }
  const typesOf = (module: string | undefined): BtfTypes => load(module ?? 'vmlinux');

  return {
    resolveField: (structName, path, source) =>
      resolveFieldIn(
        source?.startsWith('/') ? readBtfFile(source) : typesOf(source),
        structName,
        path,
      ),
    functionPrototype(name, module) {
      const types = typesOf(module);
      const [found] = types.find(name, KIND.FUNCTION);
      if (found === undefined) return undefined;
      const prototype = types.target(found);
      return {
        parameters: argumentsOf(types, prototype),
        returns: typeText(types, types.target(prototype)),
      };
    },
    rawTracepointArguments(name) {
      const types = typesOf(undefined);
      // include/trace/bpf_probe.h: a typedef of the function that a tracepoint calls, for BPF's use.
      const [found] = types.find(`btf_trace_${name}`, KIND.TYPEDEF);
      if (found === undefined) return undefined;
      const prototype = types.target(types.target(found));
      // The first is the tracepoint's private data, which programs don't get.
      return argumentsOf(types, prototype)
        .slice(1)
        .map(({ type }) => type);
    },
    enumValue: (name) => typesOf(undefined).enumValue(name),
    structSize(name) {
      const types = typesOf(undefined);
      const [found] = types.find(name, KIND.STRUCT, KIND.UNION);
      return found === undefined ? undefined : types.size(found);
    },
  };
}

function argumentsOf(types: BtfTypes, prototype: TypeId): { name: string; type: string }[] {
  return types.parameters(prototype).map(({ name, type }) => ({
    name,
    type: type === 0 && name === '' ? '...' : typeText(types, type),
  }));
}

/** Not kept: who corrects the file and loads the policy again wants the new one. */
function readBtfFile(path: string): BtfTypes {
  try {
    const bytes = readFileSync(path);
    return parseBtf(isElf(bytes) ? withElf(path, readBtfSection) : bytes);
  } catch (error) {
    throw new Error(`no types from ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

const isElf = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.readUInt32BE(0) === 0x7f454c46;

function readBtfSection(elf: Elf): Buffer {
  const section = elf.sections.find(({ name }) => name === '.BTF');
  if (section === undefined) throw new Error('the file has no section .BTF');
  return elf.read(section);
}

function readKernelFile(name: string): Uint8Array {
  // Names of modules come from policies.
  if (!/^[\w-]+$/.test(name)) throw new Error(`'${name}' is no name of a kernel module`);
  try {
    return readFileSync(`${FOLDER}/${name.replaceAll('-', '_')}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`can't read ${FOLDER}/${name} (${code})`);
    throw new Error(
      name === 'vmlinux'
        ? 'the kernel offers no BTF: boot one that was built with CONFIG_DEBUG_INFO_BTF=y'
        : `the kernel has no types of a module ${name}: it isn't loaded, or was built without BTF`,
    );
  }
}

let shared: KernelBtf | undefined;

/** The running kernel's types, read once. */
export function kernelBtf(): KernelBtf {
  shared ??= openKernelBtf();
  return shared;
}
