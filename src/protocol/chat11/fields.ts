import type { Body } from './bodies.ts';
import { Malformed, type Parcel, type ParcelParts, type Start } from './parcel.ts';
import type { Value } from './values.ts';

/**
 * Describes the content of a request, response or event once: each property of the typed form, its place on the wire,
 * and its kind of value. The parser, the encoder and the types are derived from it.
 */
export type Fields = Readonly<Record<string, Field>>;
export type Field = ArgumentField<unknown> | HeaderField<unknown, Presence> | BodyField<unknown>;

type Presence = 'required' | 'optional';

export interface ArgumentField<T> {
  readonly place: 'argument';
  readonly presence: 'required';
  readonly value: Value<T>;
}

export interface HeaderField<T, P extends Presence> {
  readonly place: 'header';
  readonly presence: P;
  readonly name: string;
  /** The name in lower case, as parcels hold it. */
  readonly key: string;
  readonly value: Value<T>;
}

export interface BodyField<T> {
  readonly place: 'body';
  readonly presence: 'required';
  readonly body: Body<T>;
}

export const argument = <T>(value: Value<T>): ArgumentField<T> => ({
  place: 'argument',
  presence: 'required',
  value,
});

export const header = <T>(name: string, value: Value<T>): HeaderField<T, 'required'> => ({
  place: 'header',
  presence: 'required',
  name,
  key: name.toLowerCase(),
  value,
});

export const optional = <T>(name: string, value: Value<T>): HeaderField<T, 'optional'> => ({
  ...header(name, value),
  presence: 'optional',
});

export const body = <T>(kind: Body<T>): BodyField<T> => ({ place: 'body', presence: 'required', body: kind });

/** The typed form of what `F` describes. */
export type Typed<F extends Fields> = Flat<
  { readonly [K in keyof F as F[K]['presence'] extends 'required' ? K : never]: TypeOf<F[K]> } & {
    readonly [K in keyof F as F[K]['presence'] extends 'required' ? never : K]?: TypeOf<F[K]>;
  }
>;

type TypeOf<F extends Field> = F extends { value: Value<infer T> }
  ? T
  : F extends { body: Body<infer T> }
    ? T
    : never;

type Flat<T> = { [K in keyof T]: T[K] } & {};

/** Each row of `Table` in its typed form, with the row's key as `kind`. */
export type Rows<Table extends Readonly<Record<string, Fields>>> = {
  [K in keyof Table & string]: Flat<{ readonly kind: K } & Typed<Table[K]>>;
}[keyof Table & string];

/** Returns a function that finds the row for a start line: the verb on the wire is the row's name in upper case. */
export function rowsByVerb<Kind extends string>(
  table: Readonly<Record<Kind, Fields>>,
): (start: Start) => { readonly kind: Kind; readonly fields: Fields } | undefined {
  const kinds = Object.keys(table) as Kind[];
  const rows = new Map(kinds.map((kind) => [kind.toUpperCase(), { kind, fields: table[kind] }]));
  // A `Map` puts a verb that was cut from a line into V8's table of strings first, and the next one is mostly the same.
  let lastVerb = '';
  let lastRow = rows.get(lastVerb);
  return (start) => {
    if (start.kind !== 'verb') return undefined;
    if (start.verb === lastVerb) return lastRow;
    const row = rows.get(start.verb);
    if (row === undefined) return undefined;
    lastVerb = start.verb;
    lastRow = row;
    return row;
  };
}

const rememberedEntries = new WeakMap<Fields, readonly (readonly [property: string, Field])[]>();

/** `Object.entries`, which takes longer than all else that is done with the fields of a message. */
function entriesOf(fields: Fields): readonly (readonly [property: string, Field])[] {
  const known = rememberedEntries.get(fields);
  if (known !== undefined) return known;
  const entries = Object.entries(fields);
  rememberedEntries.set(fields, entries);
  return entries;
}

/** Returns how long a body `fields` allow; 0 if they have none. */
export function maxBodyBytes(fields: Fields): number {
  for (const [, field] of entriesOf(fields)) if (field.place === 'body') return field.body.maxBytes;
  return 0;
}

/** Returns the properties in `parcel`, or the first problem with it. */
export function parseFields(fields: Fields, parcel: Parcel): Record<string, unknown> | Malformed {
  const { start } = parcel;
  const given = start.kind === 'verb' ? start.argument : undefined;
  let isArgumentWanted = false;
  const parsed: Record<string, unknown> = {};
  for (const [property, field] of entriesOf(fields)) {
    if (field.place === 'body') {
      const value = field.body.parse(parcel.body);
      if (value instanceof Malformed) return new Malformed(value.code, value.text, { start });
      parsed[property] = value;
      continue;
    }
    if (field.place === 'argument') isArgumentWanted = true;
    const written = field.place === 'argument' ? given : parcel.headers.get(field.key);
    const label = field.place === 'argument' ? 'The argument of the verb' : field.name;
    if (written === undefined) {
      if (field.presence === 'optional') continue;
      return new Malformed(400, `${label} is missing`, { start });
    }
    const value = field.value.parse(written);
    if (value === undefined) {
      return new Malformed(field.value.code, `${label} must be ${field.value.what}`, { start });
    }
    parsed[property] = value;
  }
  if (given !== undefined && !isArgumentWanted) {
    return new Malformed(400, 'That verb takes no argument', { start });
  }
  return parsed;
}

/** Encodes `properties`; headers are in the order of `fields`. */
export function formatFields(
  fields: Fields,
  properties: Readonly<Record<string, unknown>>,
): Omit<ParcelParts, 'startLine'> & { readonly argument: string | undefined } {
  const headers: (readonly [string, string])[] = [];
  let written: string | undefined;
  let bytes: Uint8Array | undefined;
  for (const [property, field] of entriesOf(fields)) {
    const value = properties[property];
    if (value === undefined && field.presence === 'optional') continue;
    if (field.place === 'body') bytes = field.body.format(value);
    else if (field.place === 'argument') written = field.value.format(value);
    else headers.push([field.name, field.value.format(value)]);
  }
  return { argument: written, headers, body: bytes };
}
