/** For NODE_OPTIONS: lets Node's clock go ahead by so many milliseconds; other programs see the machine's. */
export function clockAhead(milliseconds: number): string {
  const program = `
    const Real = Date;
    const now = () => Real.now() + ${Math.round(milliseconds)};
    globalThis.Date = class extends Real {
      constructor(...given) {
        super(...(given.length === 0 ? [now()] : given));
      }
      static now = now;
    };
  `;
  return `--import=data:text/javascript,${encodeURIComponent(program)}`;
}
