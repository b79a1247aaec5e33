/** A problem as the box tells it. */
export interface Problem {
  readonly section: string;
  readonly key: string;
  readonly message: string;
  readonly severity: string;
}

/** What is read here of /run/kiln/status.json. */
export interface Status {
  readonly state: string;
  readonly role: string | undefined;
  readonly name: string | undefined;
  readonly instanceId: string | undefined;
  /** With prefix. */
  readonly addresses: readonly string[];
  /** Version of the image and of k0s. */
  readonly image: string | undefined;
  readonly k0s: string | undefined;
  /** What k0s is doing as long as it does not serve. */
  readonly waitsFor: string | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a status; undefined when the text is none. Pure. */
export function parseStatus(text: string): Status | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const state = textAt(value, 'state');
  if (state === undefined) return undefined;
  return {
    state,
    role: textAt(value, 'role'),
    name: textAt(value, 'name'),
    instanceId: textAt(value, 'instance-id'),
    addresses: listAt(value, 'addresses').filter((each) => typeof each === 'string'),
    image: textAt(at(value, 'image'), 'version'),
    k0s: textAt(at(value, 'k0s'), 'version'),
    waitsFor: waitOf(at(at(at(at(value, 'sections'), 'health'), 'checks'), 'k0s')),
    problems: listAt(value, 'problems').map((problem) => ({
      section: textAt(problem, 'section') ?? '',
      key: textAt(problem, 'key') ?? '',
      message: textAt(problem, 'message') ?? '',
      severity: textAt(problem, 'severity') ?? 'error',
    })),
  };
}

function waitOf(check: unknown): string | undefined {
  return at(check, 'ok') === false ? textAt(check, 'text') : undefined;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' ? found : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}
