import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Fire,
  mostRows,
  nearest,
  placed,
  seen,
  spanOf,
  stepOf,
  ticks,
  timelineOf,
} from '../../../renderer/tabs/schedules/lanes.ts'

const start = Date.parse('2026-03-28T20:00:00Z')
const hourMs = 3_600_000
const span = { from: start, until: start + 24 * hourMs }

function fire(minutes: number, expectedMs: number | null, collides = false): Fire {
  return {
    jobId: `${minutes}`,
    jobName: 'sync',
    jobType: 'sync',
    at: new Date(start + minutes * 60_000),
    timeZone: null,
    expectedMs,
    collides,
  }
}

describe('the lanes of the coming 24 hours', () => {
  it('a fire stands at its time and is as long as it usually takes', () => {
    const [first] = placed([fire(6 * 60, 3 * hourMs)], span).fires
    expect(first?.left).toBeCloseTo(0.25)
    expect(first?.width).toBeCloseTo(0.125)
  })

  it('a run that goes on after the window ends with it', () => {
    const [last] = placed([fire(23 * 60, 5 * hourMs)], span).fires
    expect((last?.left ?? 0) + (last?.width ?? 0)).toBeCloseTo(1)
  })

  it('fires that overlap stand in rows of their own, as long as there are rows', () => {
    const fires = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 1_400 }), fc.integer({ min: 0, max: 2 * hourMs })))
      .map((all) => all.toSorted(([a], [b]) => a - b).map(([at, length]) => fire(at, length)))
    fc.assert(
      fc.property(fires, (all) => {
        const { fires: shown, rows } = placed(all, span)
        expect(rows).toBeLessThanOrEqual(mostRows)
        for (const [index, one] of shown.entries()) {
          const inRow = shown.slice(0, index).filter(({ row }) => row === one.row)
          const covers = inRow.some(({ left, width }) => left + width > one.left + 1e-9)
          expect(covers && one.row < mostRows - 1).toBe(false)
        }
      }),
    )
  })

  it('of marks that nobody could tell apart one is drawn; longer ones and collisions are all there', () => {
    const everyMinute = Array.from({ length: 1_440 }, (_, minute) => fire(minute, 1_000))
    const { fires } = placed(everyMinute, span)
    const drawn = seen(fires)
    expect(drawn.length).toBeLessThan(1_000)
    for (const { left } of fires) expect(drawn.some((one) => left >= one.left && left - one.left < 1 / 999)).toBe(true)
    const close = placed([fire(0, 0), fire(0.1, 0), fire(0.2, 0, true), fire(0.3, hourMs)], span).fires
    const inOneRow = close.map((one) => ({ ...one, row: 0 }))
    expect(seen(inOneRow).map(({ fire: { jobId } }) => jobId)).toEqual(['0', '0.2', '0.3'])
  })

  it('runs that are told job by job stand in one row of time, with what collides', () => {
    const at = (minutes: number): Date => new Date(start + minutes * 60_000)
    const job = { jobName: 'sync', jobType: 'sync', timeZone: null, expectedMs: null }
    const jobs = [
      { ...job, jobId: 'a', fires: [at(0), at(30)], collisions: [] },
      { ...job, jobId: 'b', fires: [at(10), at(40)], collisions: [at(40)] },
    ]
    const answer = { asOf: at(0), until: at(60), truncated: false, lanes: [{ brand: null, jobs }] }
    const told = timelineOf(answer).lanes[0]?.fires.map((one) => [one.jobId, one.at.getTime() - start, one.collides])
    expect(told).toEqual([
      ['a', 0, false],
      ['b', 10 * 60_000, false],
      ['a', 30 * 60_000, false],
      ['b', 40 * 60_000, true],
    ])
  })

  it('the pointer finds the fire it is on, and nothing far away', () => {
    const { fires } = placed([fire(60, null), fire(120, hourMs)], span)
    expect(nearest(fires, 2.5 / 24, 0, 0.01)?.fire.jobId).toBe('120')
    expect(nearest(fires, 0.5, 0, 0.01)).toBeNull()
  })

  it('hours are those of the clocks, over a change of them and in zones half an hour off', () => {
    expect(ticks(span, 'Europe/Berlin', 3).map(({ hour }) => hour)).toEqual([21, 0, 3, 6, 9, 12, 15, 18, 21])
    // The clocks go forward at two: midnight and three o'clock are two hours apart.
    expect(ticks(span, 'Europe/Berlin', 3).map(({ at }) => (at - start) / hourMs)).toEqual([
      0, 3, 5, 8, 11, 14, 17, 20, 23,
    ])
    const kolkata = ticks(span, 'Asia/Kolkata', 6)
    expect(kolkata.map(({ hour }) => hour)).toEqual([6, 12, 18, 0])
    expect(kolkata.every(({ at }) => at % hourMs === hourMs / 2)).toBe(true)
  })
  it('what is drawn ends soon after the last fire that is told, and has hours on its axis however short it is', () => {
    const asOf = new Date(start)
    for (const minutes of [0, 1, 29, 180, 700, 1_439]) {
      const until = new Date(start + minutes * 60_000)
      const cut = spanOf({ asOf, until, truncated: true })
      expect(cut.from).toBeLessThan(start)
      expect(cut.until).toBeGreaterThan(until.getTime())
      expect(cut.until - until.getTime()).toBeLessThanOrEqual(20 * 60_000)
      const count = ticks(cut, 'Asia/Kathmandu', stepOf(cut, 9)).length
      expect(count).toBeGreaterThan(0)
      expect(count).toBeLessThanOrEqual(10)
    }
    const whole = spanOf({ asOf, until: new Date(span.until), truncated: false })
    expect(whole.until).toBe(span.until)
    expect([stepOf(whole, 9), stepOf(whole, 3)]).toEqual([3, 6])
    const short = { from: start, until: start + hourMs }
    expect(ticks(short, 'UTC', 0.25).map(({ hour }) => hour)).toEqual([20, 20.25, 20.5, 20.75, 21])
  })
})
