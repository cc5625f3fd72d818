import { expect, test } from 'vitest'
import { mostInBlock, sendInBlocks } from '../../../renderer/client/in-blocks.ts'

const all = Array.from({ length: 2 * mostInBlock + 300 }, (_, index) => index)

test('more than one call takes are sent one call after another, each of them once', async () => {
  const sizes: number[] = []
  const sent = await sendInBlocks(all, (block) => {
    sizes.push(block.length)
    return Promise.resolve({ results: block })
  })
  expect(sizes).toEqual([mostInBlock, mostInBlock, 300])
  expect(sent).toEqual({ results: all, failure: null })
})

test('when a later call fails, what was done is told and nothing more is sent', async () => {
  const failure = new Error('gone')
  let calls = 0
  const sent = await sendInBlocks(all, (block) => {
    calls += 1
    return calls === 2 ? Promise.reject(failure) : Promise.resolve({ results: block })
  })
  expect(calls).toBe(2)
  expect(sent).toEqual({ results: all.slice(0, mostInBlock), failure })
})

test('when the first call fails nothing was done', async () => {
  await expect(sendInBlocks([1], () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
})

test('what is not alike is sent apart', async () => {
  const blocks: number[][] = []
  const send = (block: number[]) => {
    blocks.push(block)
    return Promise.resolve({ results: block })
  }
  await sendInBlocks([1, 2, 3, 4, 5], send, (one) => (one % 2 === 0 ? 'even' : 'odd'))
  expect(blocks).toEqual([
    [1, 3, 5],
    [2, 4],
  ])
})
