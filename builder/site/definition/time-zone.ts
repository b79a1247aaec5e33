import { didYouMean } from '../../report/suggest.ts';

/** Areas of tz database names that Debian's tzdata has; others, as "US/Pacific", are in a package that images lack. */
const FORM =
  /^(UTC|Etc\/[A-Za-z0-9+-]+|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)(\/[A-Za-z0-9_+-]+){1,2})$/;

/** What is wrong with the name of a time zone. */
export function complaintAboutTimeZone(zone: string): string | undefined {
  if (FORM.test(zone) && isKnown(zone)) return undefined;
  const known = Intl.supportedValuesOf('timeZone');
  const tail = didYouMean(zone, known) || '; write it as "Europe/Vienna", or "UTC"';
  return `"${zone}" is no time zone${tail}`;
}

function isKnown(zone: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    // The box looks for a file, whose name has one spelling; an older name of a zone is another file.
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}
