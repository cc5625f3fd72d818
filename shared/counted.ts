/**
 * `1 run`, `1,284 runs`: in English, as all texts are that no browser writes: messages, the terminal, the tray. The console has
 * `renderer/components/counts.ts`, which knows the reader's locale.
 */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : plural}`
}
