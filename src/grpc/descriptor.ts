/** Tetragon's protocol as a registry of @bufbuild/protobuf. */
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { TETRAGON_DESCRIPTOR } from '../generated/tetragonDescriptor.ts';

let registry: FileRegistry | undefined;

/** The types of package `tetragon` and those that it imports. Made at the first call (some ms). */
export const tetragonRegistry = (): FileRegistry => {
  registry ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, Buffer.from(TETRAGON_DESCRIPTOR, 'base64')),
  );
  return registry;
};

/** A message of package `tetragon` by its name there, e.g. `GetEventsResponse`. */
export const tetragonMessage = (name: string): DescMessage => {
  const found = tetragonRegistry().getMessage(`tetragon.${name}`);
  if (found === undefined) throw new TypeError(`tetragon.proto has no message ${name}`);
  return found;
};
