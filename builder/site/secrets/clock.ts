/** The time now, for everything dated of a site; whoever wants it the same again takes it as an argument. */
export function readClock(): Date {
  return new Date();
}
