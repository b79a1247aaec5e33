/** Turns a parsed JSON value into what it must be; `where` is the way to it, for errors. */
export type JsonDecoder<T> = (value: unknown, where: string) => T;

/** A JSON document that is not what was expected: the message names the place. */
export class JsonMismatch extends Error {}

/** An object with exactly these keys. */
export function object<T extends object>(
  shape: {
    readonly [K in keyof T]: JsonDecoder<T[K]>;
  },
): JsonDecoder<T> {
  const decoders = Object.entries<JsonDecoder<unknown>>(shape);
  return (value, where) => {
    const fields = new Map(Object.entries(plainObject(value, where)));
    const unknown = [...fields.keys()].find((key) => !Object.hasOwn(shape, key));
    if (unknown !== undefined) throw mismatch(where, `has an unknown key "${unknown}"`);
    const entries = decoders.map(([key, decode]) => {
      if (!fields.has(key)) throw mismatch(where, `lacks "${key}"`);
      return [key, decode(fields.get(key), inside(where, key))];
    });
    return Object.fromEntries(entries) as T;
  };
}

/** An object with any keys of the pattern, all values alike. */
export function record<T>(
  key: RegExp,
  decode: JsonDecoder<T>,
): JsonDecoder<Readonly<Record<string, T>>> {
  return (value, where) => {
    const entries = Object.entries(plainObject(value, where)).map(([name, item]) => {
      if (!key.test(name)) throw mismatch(where, `has an unknown key "${name}"`);
      return [name, decode(item, inside(where, name))] as const;
    });
    return Object.fromEntries(entries);
  };
}

export function list<T>(decode: JsonDecoder<T>): JsonDecoder<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw mismatch(where, 'is not a list');
    return value.map((item: unknown, i) => decode(item, inside(where, String(i))));
  };
}

/** A text that matches the pattern. */
export function text(pattern: RegExp): JsonDecoder<string> {
  return (value, where) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw mismatch(where, `is not as expected: ${JSON.stringify(value)}`);
  };
}

/** One of a few fixed values. */
export function oneOf<const T>(...values: readonly T[]): JsonDecoder<T> {
  return (value, where) => {
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    throw mismatch(where, `is ${JSON.stringify(value)}, not ${values.join(' or ')}`);
  };
}

/** A whole number, not negative, that JSON carries exactly. */
export const count: JsonDecoder<number> = (value, where) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw mismatch(where, `is not a whole number: ${JSON.stringify(value)}`);
};

function plainObject(value: unknown, where: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw mismatch(where, 'is not an object');
}

function inside(where: string, key: string): string {
  return where === '' ? key : `${where}.${key}`;
}

function mismatch(where: string, fault: string): JsonMismatch {
  return new JsonMismatch(`${where === '' ? 'the document' : where} ${fault}`);
}
