/** Prints a table whose first column is text and whose other columns are figures. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  for (const row of all) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    console.log(cells.join('  '))
  }
}

/** Prints one target and whether this run met it. */
export function printTarget(target: string, measured: string, met: boolean): void {
  console.log(`${met ? 'met   ' : 'MISSED'}  ${target}: ${measured}`)
}
