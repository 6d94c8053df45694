/**
 * Writes src/generated/tetragonDescriptor.ts from src/grpc/tetragon.proto: the protocol's
 * description as protobuf's own FileDescriptorSet, which libraries read without the text.
 *
 *   node_modules/.bin/node scripts/protos.ts
 */
import fs from 'node:fs';
import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Type as FieldType,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  MethodDescriptorProtoSchema,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';

const root = path.resolve(import.meta.dirname, '..');
const PROTO = path.join(root, 'src/grpc/tetragon.proto');
export const GENERATED: string = path.join(root, 'src/generated/tetragonDescriptor.ts');

const SCALARS: Readonly<Record<string, FieldType>> = {
  double: FieldType.DOUBLE,
  float: FieldType.FLOAT,
  int64: FieldType.INT64,
  uint64: FieldType.UINT64,
  int32: FieldType.INT32,
  bool: FieldType.BOOL,
  string: FieldType.STRING,
  bytes: FieldType.BYTES,
  uint32: FieldType.UINT32,
};

/** The type of a field as the two properties that say it. */
function typeOf(
  name: string,
  resolved: protobuf.ReflectionObject | null,
): { type: FieldType; typeName?: string } {
  if (resolved instanceof protobuf.Enum)
    return { type: FieldType.ENUM, typeName: resolved.fullName };
  if (resolved !== null) return { type: FieldType.MESSAGE, typeName: resolved.fullName };
  const type = SCALARS[name];
  if (type === undefined) throw new Error(`no scalar type: ${name}`);
  return { type };
}

/** A field of its own, or a member of a oneof: also `optional` is one, with one member. */
function fieldOf(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): FieldDescriptorProto {
  const isMap = field instanceof protobuf.MapField;
  const type = isMap
    ? { type: FieldType.MESSAGE, typeName: `${field.parent?.fullName}.${entryName(field.name)}` }
    : typeOf(field.type, field.resolvedType);
  const oneof = oneofs.findIndex((one) => one.fieldsArray.includes(field));
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    jsonName: protoCamelCase(field.name),
    number: field.id,
    label: isMap || field.repeated ? Label.REPEATED : Label.OPTIONAL,
    ...type,
    ...(oneof < 0 ? {} : { oneofIndex: oneof }),
    ...(field.getOption('proto3_optional') === true ? { proto3Optional: true } : {}),
    ...(field.getOption('deprecated') === true ? { options: { deprecated: true } } : {}),
  });
}

const entryName = (field: string): string => {
  const camel = protoCamelCase(field);
  return `${camel.slice(0, 1).toUpperCase()}${camel.slice(1)}Entry`;
};

/** A map is a repeated message with the two fields `key` and `value`. */
const entryOf = (field: protobuf.MapField): DescriptorProto =>
  create(DescriptorProtoSchema, {
    name: entryName(field.name),
    field: [
      {
        name: 'key',
        jsonName: 'key',
        number: 1,
        label: Label.OPTIONAL,
        ...typeOf(field.keyType, null),
      },
      {
        name: 'value',
        jsonName: 'value',
        number: 2,
        label: Label.OPTIONAL,
        ...typeOf(field.type, field.resolvedType),
      },
    ],
    options: { mapEntry: true },
  });

function messageOf(type: protobuf.Type): DescriptorProto {
  // The oneofs that stand for `optional` come last, as protoc has them.
  const oneofs = [...type.oneofsArray].sort(
    (a, b) => Number(a.name.startsWith('_')) - Number(b.name.startsWith('_')),
  );
  return create(DescriptorProtoSchema, {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldOf(field, oneofs)),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    nestedType: [
      ...type.nestedArray.filter((nested) => nested instanceof protobuf.Type).map(messageOf),
      ...type.fieldsArray.filter((field) => field instanceof protobuf.MapField).map(entryOf),
    ],
  });
}

const enumOf = (type: protobuf.Enum): EnumDescriptorProto =>
  create(EnumDescriptorProtoSchema, {
    name: type.name,
    value: Object.entries(type.values).map(([name, number]) => ({ name, number })),
  });

const serviceOf = (service: protobuf.Service): ServiceDescriptorProto =>
  create(ServiceDescriptorProtoSchema, {
    name: service.name,
    method: service.methodsArray.map((method) =>
      create(MethodDescriptorProtoSchema, {
        name: method.name,
        inputType: method.resolvedRequestType?.fullName ?? '',
        outputType: method.resolvedResponseType?.fullName ?? '',
        serverStreaming: method.responseStream === true,
        ...(method.getOption('deprecated') === true ? { options: { deprecated: true } } : {}),
      }),
    ),
  });

/** The description of tetragon.proto alone. */
function describe(): FileDescriptorProto {
  const parsed = new protobuf.Root();
  parsed.loadSync(PROTO, { keepCase: true }).resolveAll();
  const namespace = parsed.lookup('tetragon');
  if (!(namespace instanceof protobuf.Namespace)) throw new Error('no package tetragon');
  const members = namespace.nestedArray;
  return create(FileDescriptorProtoSchema, {
    name: 'tetragon/tetragon.proto',
    package: 'tetragon',
    syntax: 'proto3',
    dependency: IMPORTED.map(({ name }) => name ?? ''),
    messageType: members.filter((member) => member instanceof protobuf.Type).map(messageOf),
    enumType: members.filter((member) => member instanceof protobuf.Enum).map(enumOf),
    service: members.filter((member) => member instanceof protobuf.Service).map(serviceOf),
  });
}

const IMPORTED: readonly FileDescriptorProto[] = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
].map(({ proto }) => proto);

/** The text of the generated file. */
export function descriptorSource(): string {
  const set = create(FileDescriptorSetSchema, { file: [...IMPORTED, describe()] });
  const base64 = Buffer.from(toBinary(FileDescriptorSetSchema, set)).toString('base64');
  return `// Written by scripts/protos.ts from src/grpc/tetragon.proto: don't edit.
/** FileDescriptorSet of Tetragon's API and of what it imports, in base64. */
export const TETRAGON_DESCRIPTOR =
  '${base64}';
`;
}

if (import.meta.main) fs.writeFileSync(GENERATED, descriptorSource());
