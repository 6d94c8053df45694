/** Where in an executable or library a named function begins, for uprobes. */
import { constants } from 'node:os';
import {
  type Elf,
  type ElfSection,
  offsetOfAddress,
  SHT_DYNSYM,
  SHT_GNU_VERDEF,
  SHT_GNU_VERSYM,
  SHT_SYMTAB,
  STT_FUNC,
  STT_GNU_IFUNC,
  SYMBOL_BYTES,
  withElf,
} from './elf.ts';
import { readGoFunctions } from './goFunctions.ts';
import type { SymbolSource } from './symbolTable.ts';

/** A function's definition under the name that was asked for. */
type Definition = {
  address: number;
  isIndirect: boolean;
  isLocal: boolean;
  /** '': the symbol has none. */
  version: string;
  /** What a program gets that is linked today without naming a version. */
  isDefault: boolean;
};

/** As the file system says it of a file: the name is the one that is missing. */
const notFound = (message: string): Error =>
  Object.assign(new Error(message), { code: 'ENOENT', errno: -constants.errno.ENOENT });

type Wanted = { name: string; version: string | undefined };

const STB_LOCAL = 0;
/** Bit of a .gnu.version entry: only for programs that were linked with this version. The others are the version's number. */
const HIDDEN = 0x8000;
/** Definitions of one name: more are no program's. */
const MAX_DEFINITIONS = 1000;
/** Of a name in a policy; those of C++ templates can have some thousands. */
const MAX_NAME_BYTES = 64 * 1024;
/** In the text of a name: a version begins. */
const VERSION_MARK = '@'.charCodeAt(0);
/** Names that end with a name: a thousand times as many as that of "get" has in large programs. */
const MAX_ENDINGS = 1_000_000;

/** `name`, `name@VERSION` or `name@@VERSION`. */
function splitVersion(symbol: string): Wanted {
  const at = symbol.indexOf('@');
  if (at < 0) return { name: symbol, version: undefined };
  return { name: symbol.slice(0, at), version: symbol.slice(at).replace(/^@@?/, '') };
}

/** Names of the versions that the file defines, by their numbers: .gnu.version_d, a chain of Elf64_Verdef. */
function readVersionNames(elf: Elf): ReadonlyMap<number, string> {
  const section = elf.find(SHT_GNU_VERDEF);
  const names = section && elf.sections[section.link];
  const versions = new Map<number, string>();
  if (section === undefined || names === undefined) return versions;
  const bytes = elf.read(section);
  // As many as there are numbers: a damaged chain may lead through the section byte by byte.
  for (let at = 0, left = HIDDEN; at + 20 <= bytes.length && left > 0; left--) {
    const first = at + bytes.readUInt32LE(at + 12);
    if (first + 4 > bytes.length) break;
    versions.set(bytes.readUInt16LE(at + 4), elf.text(names, bytes.readUInt32LE(first)));
    const next = bytes.readUInt32LE(at + 16);
    if (next === 0) break;
    at += next;
  }
  return versions;
}

/** The version of each exported symbol, by the symbol's number; undefined: the file has no versions. */
function readVersions(
  elf: Elf,
): { at(symbol: number): { name: string; isHidden: boolean } | undefined } | undefined {
  const section = elf.find(SHT_GNU_VERSYM);
  if (section === undefined) return undefined;
  const entries = elf.read(section);
  const names = readVersionNames(elf);
  return {
    at(symbol) {
      if (symbol * 2 + 2 > entries.length) return undefined;
      const entry = entries.readUInt16LE(symbol * 2);
      return { name: names.get(entry & ~HIDDEN) ?? '', isHidden: (entry & HIDDEN) !== 0 };
    },
  };
}

/** Where in a section of names this one stands, or ends a longer one; some linkers write a version behind those of .symtab. */
function findName(elf: Elf, names: ElfSection, name: Buffer): ReadonlySet<number> {
  const found = new Set<number>();
  if (name.length === 0 || name.length > MAX_NAME_BYTES) return found;
  for (const { at, bytes } of elf.pieces(names, name.length)) {
    for (let here = bytes.indexOf(name); here >= 0; here = bytes.indexOf(name, here + 1)) {
      const next = bytes[here + name.length];
      if (next !== 0 && next !== VERSION_MARK) continue;
      if (found.size === MAX_ENDINGS) throw new Error('too many names end with this one');
      found.add(at + here);
    }
  }
  return found;
}

/** The definitions of a name in one table of symbols. */
function findDefinitions(elf: Elf, table: ElfSection, wanted: string): Definition[] {
  const names = elf.sections[table.link];
  if (names === undefined) return [];
  const name = Buffer.from(wanted);
  const places = findName(elf, names, name);
  if (places.size === 0) return [];
  const versions = table.type === SHT_DYNSYM ? readVersions(elf) : undefined;
  const found: Definition[] = [];
  for (const { number, nameAt, type, isLocal, address } of functionsAt(elf, table, places)) {
    // Nothing, or a version.
    const rest = elf.text(names, nameAt + name.length);
    if (found.length === MAX_DEFINITIONS) throw new Error('too many functions have this name');
    const version = versions?.at(number);
    found.push({
      ...{ address, isLocal, isIndirect: type === STT_GNU_IFUNC },
      version: version?.name ?? rest.replace(/^@@?/, ''),
      isDefault: !(version?.isHidden ?? /^@[^@]/.test(rest)),
    });
  }
  return found;
}

type FunctionSymbol = {
  /** In its table. */
  number: number;
  nameAt: number;
  type: number;
  isLocal: boolean;
  address: number;
};

/** Those that the file itself defines, whose names stand at these places. */
function* functionsAt(
  elf: Elf,
  table: ElfSection,
  places: ReadonlySet<number>,
): Generator<FunctionSymbol> {
  for (const piece of elf.pieces(table)) {
    const { bytes } = piece;
    for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) {
      const type = bytes.readUInt8(at + 4) & 0xf;
      const isUndefined = bytes.readUInt16LE(at + 6) === 0;
      if (isUndefined || (type !== STT_FUNC && type !== STT_GNU_IFUNC)) continue;
      const nameAt = bytes.readUInt32LE(at);
      if (!places.has(nameAt)) continue;
      yield {
        ...{ number: (piece.at + at) / SYMBOL_BYTES, nameAt, type },
        isLocal: bytes.readUInt8(at + 4) >> 4 === STB_LOCAL,
        address: Number(bytes.readBigUInt64LE(at + 8)),
      };
    }
  }
}

/** A function of a Go program; names there have no versions, and may hold any character. */
function findGoFunction({ addresses, nameAt, names }: SymbolSource, symbol: string): Definition[] {
  const wanted = Buffer.from(`${symbol}\0`);
  const index = nameAt.findIndex(
    (at) =>
      at + wanted.length <= names.length &&
      names.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0,
  );
  const address = addresses[index];
  if (address === undefined) return [];
  return [{ address, isIndirect: false, isLocal: false, version: '', isDefault: true }];
}

/** The one meant: of the asked-for version, else the default one; a global function before a file's own. */
function choose(definitions: readonly Definition[], { name, version }: Wanted): Definition {
  const ofVersion = definitions.filter((definition) => definition.version === version);
  if (version !== undefined && ofVersion.length === 0 && definitions.length > 0) {
    const known = [...new Set(definitions.map((definition) => definition.version || 'none'))];
    throw notFound(`${name} has no version ${version}; it has: ${known.join(', ')}`);
  }
  const candidates = version === undefined ? definitions : ofVersion;
  const globals = candidates.filter(({ isLocal }) => !isLocal);
  const visible = globals.length > 0 ? globals : candidates;
  const defaults = visible.filter(({ isDefault }) => isDefault);
  const meant = defaults.length > 0 ? defaults : visible;
  const [first] = meant;
  if (first === undefined) throw notFound('no function of this name');
  if (meant.some(({ address }) => address !== first.address)) {
    throw new Error(`${meant.length} functions have the name ${name}: give an offset instead`);
  }
  return first;
}

/**
 * The offset in the file at which a function begins.
 * @param symbol its name; a version may follow, as in `memcpy@GLIBC_2.14`. Without one: the version that programs linked
 *   today get.
 * @throws an Error with the `code` and `errno` of the file system when the file can't be read, ENOENT too when it has no such
 *   function; one without when the file is unusable or the name ambiguous, or is an ifunc's: which code that stands for is
 *   decided in each process.
 */
export function functionOffset(path: string, symbol: string): bigint {
  const wanted = splitVersion(symbol);
  return withElf(path, (elf) => {
    const tables = elf.sections.filter(({ type }) => type === SHT_DYNSYM || type === SHT_SYMTAB);
    // Exported symbols first: they are few, and they alone have reliable versions.
    tables.sort((a, b) => b.type - a.type);
    let definitions: Definition[] = [];
    for (const table of tables) {
      definitions = findDefinitions(elf, table, wanted.name);
      if (definitions.length > 0) break;
    }
    if (definitions.length === 0) {
      const goFunctions = readGoFunctions(elf);
      if (goFunctions === undefined && tables.length === 0)
        throw new Error('the file is stripped, it has no symbols');
      definitions = goFunctions ? findGoFunction(goFunctions, symbol) : [];
    }
    const { address, isIndirect } = choose(definitions, wanted);
    if (isIndirect) {
      throw new Error(
        `${symbol} is an ifunc: each process decides which code it stands for, so it has no offset in the file`,
      );
    }
    const offset = offsetOfAddress(elf, address);
    if (offset === undefined) throw new Error(`${symbol} lies outside the file's code`);
    return BigInt(offset);
  });
}
