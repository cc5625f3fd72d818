import type { LogLine } from '../../shared/contract/runs.ts'
import { logLevels } from '../../shared/domain.ts'
import { plainLogText } from './log-text.ts'

export type LeastLevel = (typeof logLevels)[number]

/** Lines of this level and above. A level that is not ours says nothing about its weight, so its lines always show. */
export function linesFrom(lines: readonly LogLine[], least: LeastLevel): readonly LogLine[] {
  const from = logLevels.indexOf(least)
  if (from === 0) return lines
  return lines.filter(({ level }) => {
    const at = logLevels.findIndex((one) => one === level)
    return at < 0 || at >= from
  })
}

/** Positions of the lines that hold the text, whatever its case; none for an empty one. */
export function positionsOf(lines: readonly LogLine[], text: string): readonly number[] {
  const wanted = text.toLowerCase()
  if (wanted === '') return []
  return lines.flatMap((line, index) => (plainLogText(line.message).toLowerCase().includes(wanted) ? [index] : []))
}

/** As it is copied and saved: "2026-11-24T10:00:00.123Z WARN  thumbnails  HTTP 429". */
export function lineAsText({ at, level, step, message }: LogLine): string {
  const time = Number.isNaN(at.getTime()) ? 'unknown time' : at.toISOString()
  return [time, level.toUpperCase().padEnd(5), ...(step === null ? [] : [step]), plainLogText(message)].join('  ')
}
