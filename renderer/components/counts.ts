/** Whole numbers as the reader's locale writes them: "1,284", in German "1.284". */
export function countText(count: number): string {
  return count.toLocaleString()
}

/** "1 run", "1,284 runs". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${countText(count)} ${count === 1 ? singular : plural}`
}
