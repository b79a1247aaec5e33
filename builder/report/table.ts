/** Columns as wide as their longest cell; those with a heading among `flushRight` are flush right, and nothing trails. */
export function table(
  rows: readonly (readonly string[])[],
  flushRight: readonly string[] = [],
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isNumber = flushRight.includes(rows[0]?.[column] ?? '');
        return isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}
