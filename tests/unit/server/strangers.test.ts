import { expect, test } from 'vitest'
import { Strangers } from '../../../agent/server/strangers.ts'
import { systemClock } from '../../../shared/clock.ts'

const address = '192.0.2.1'

test('many at once that ask for one thing which is there are one question, and nobody is refused', async () => {
  const strangers = new Strangers(systemClock, { unknown: 3 })
  const { promise, resolve } = Promise.withResolvers<string>()
  let questions = 0
  const look = (): Promise<string> => {
    questions += 1
    return promise
  }
  const answers = Array.from({ length: 400 }, () => strangers.find(address, 'token', look))
  resolve('found')
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['found']))
  expect(questions).toBe(1)
  expect(strangers.waitFor(address, 'another')).toBe(0)
})

test('many at once that ask for different things which are not there: as many are looked up as are allowed', async () => {
  const strangers = new Strangers(systemClock, { unknown: 3 })
  const asked: string[] = []
  const answers = await Promise.allSettled(
    Array.from({ length: 400 }, (_, index) =>
      strangers.find(address, `token ${index}`, () => {
        asked.push(`token ${index}`)
        return Promise.resolve(null)
      }),
    ),
  )
  expect(asked).toHaveLength(3)
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(397)
})

test('what could not be looked up is nobody’s fault, and is asked anew', async () => {
  const strangers = new Strangers(systemClock, { unknown: 1 })
  const away = new Error('the database is away')
  for (const _ of [1, 2, 3]) {
    await expect(strangers.find(address, 'token', () => Promise.reject(away))).rejects.toBe(away)
  }
  await expect(strangers.find(address, 'token', () => Promise.resolve('found'))).resolves.toBe('found')
})
