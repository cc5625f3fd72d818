import { dataset } from './dataset-drawer.ts'
import { previewFixes, runFixes } from './fixes.ts'
import { board } from './freshness-board.ts'
import { ages, brand, cells, check } from './freshness-brand.ts'
import { recordFailure, recordStart, recordSuccess, setPolicy } from './freshness-record.ts'
import { summary } from './freshness-summary.ts'

export const freshness = {
  board,
  summary,
  cells,
  ages,
  brand,
  dataset,
  check,
  setPolicy,
  previewFixes,
  runFixes,
  recordStart,
  recordSuccess,
  recordFailure,
}
