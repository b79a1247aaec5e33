/** systemd.unit(5): characters of a name, `@` before an instance, and one of eleven types. */
const NAME =
  /^(?<prefix>[A-Za-z0-9:_.\\-]+)(?<at>@(?<instance>[A-Za-z0-9:_.\\@-]*))?\.(?<type>service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

export interface UnitName {
  /** Before the `@` or the type. */
  readonly prefix: string;
  /** Undefined for a plain unit, empty for a template. */
  readonly instance: string | undefined;
  readonly type: string;
}

/** The parts of a unit's name; undefined when it is none. */
export function parseUnitName(name: string): UnitName | undefined {
  const groups = name.length < 256 ? NAME.exec(name)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { prefix = '', at, instance = '', type = '' } = groups;
  return { prefix, instance: at === undefined ? undefined : instance, type };
}

/** Whether it is a name such as `getty@.service`. */
export function isTemplate(name: string): boolean {
  return parseUnitName(name)?.instance === '';
}

/** Whether it is a name such as `getty@tty1.service`. */
export function isInstance(name: string): boolean {
  return (parseUnitName(name)?.instance ?? '') !== '';
}

/** The template that an instance is made from; undefined for other units. */
export function templateOf(name: string): string | undefined {
  const parsed = parseUnitName(name);
  return parsed?.instance ? `${parsed.prefix}@.${parsed.type}` : undefined;
}

/** The unit that a template makes for an instance. */
export function instantiate(template: string, instance: string): string {
  return template.replace('@.', () => `@${instance}.`);
}
