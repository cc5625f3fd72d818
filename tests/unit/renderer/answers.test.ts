import { describe, expect, test } from 'vitest'
import { countCells } from '../../../renderer/board/board.ts'
import { answerOf as matrixAnswer } from '../../../renderer/tabs/freshness-matrix/answer.ts'
import { brandInWords, answerOf as healthAnswer } from '../../../renderer/tabs/health/answer.ts'
import { encodeCell } from '../../../shared/cell-code.ts'

const none = { fresh: 0, at_risk: 0, stale: 0, never_synced: 0, no_policy: 0 }
const counted = (...cells: string[]) => countCells([{ id: '', name: '', cells: cells.join('') }])
const stale = encodeCell('stale', 'failed', false)
const fresh = encodeCell('fresh', 'completed', false)
const failed = encodeCell('fresh', 'failed', false)
const unruled = encodeCell('no_policy', 'completed', false)

describe('the first sentence of a page', () => {
  test.each([
    [0, none, 0, 'There are no datasets yet.'],
    [1, { ...none, fresh: 1 }, 0, 'The 1 dataset is fresh.'],
    [3, { ...none, fresh: 3 }, 1, 'All 3 datasets are fresh. The last attempt failed for 1.'],
    [3, { ...none, fresh: 2, no_policy: 1 }, 0, 'Nothing is stale among 3 datasets.'],
    [1_200, { ...none, stale: 1_100, at_risk: 100 }, 0, '1,100 stale, 100 at risk, of 1,200 datasets.'],
  ])('Health: %i datasets, %o', (datasets, counts, lastAttemptFailed, sentence) => {
    expect(healthAnswer({ datasets, counts, lastAttemptFailed })).toBe(sentence)
  })

  test('Freshness matrix', () => {
    expect(matrixAnswer(counted(), 0)).toBe('There are no datasets to show.')
    expect(matrixAnswer(counted(fresh, fresh), 1)).toBe('All 2 datasets of 1 brand are fresh.')
    expect(matrixAnswer(counted(fresh), 1)).toBe('The 1 dataset of 1 brand is fresh.')
    expect(matrixAnswer(counted(fresh, unruled), 2)).toBe('Nothing is stale among 2 datasets of 2 brands.')
    expect(matrixAnswer(counted(stale, fresh), 2)).toBe('Of 2 datasets of 2 brands: 1 stale.')
  })

  test('a brand in a row', () => {
    expect(brandInWords(counted())).toBe('no datasets yet')
    expect(brandInWords(counted(fresh, fresh))).toBe('all 2 fresh')
    expect(brandInWords(counted(failed, fresh))).toBe('1 with a failed last attempt; 2 fresh')
    expect(brandInWords(counted(unruled, fresh))).toBe('1 fresh')
    expect(brandInWords(counted(stale))).toBe('1 stale, 1 with a failed last attempt')
  })
})
