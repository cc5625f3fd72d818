import { QueryClient } from '@tanstack/react-query'
import { describe, expect, test } from 'vitest'
import { readBoard } from '../../../renderer/board/use-board.ts'
import type { Client } from '../../../renderer/client/door.ts'
import { createQueries } from '../../../renderer/client/queries.ts'

const [acme, zenith] = [
  { id: 'a', name: 'Acme' },
  { id: 'z', name: 'Zenith' },
]

/** An agent that knows these brands; `asked` says how. */
function setUp() {
  const state = { version: '1', brands: [acme, zenith], cells: 'AB\nCD' }
  const asked: string[] = []
  const calls = {
    freshness: {
      board: ({ withBrands = true }: { withBrands?: boolean }) => {
        asked.push(withBrands ? 'board with brands' : 'board')
        const { brands, version, cells } = state
        return { asOf: new Date(0), datasets: [], brandsVersion: version, brands: withBrands ? brands : null, cells }
      },
    },
    session: {
      brands: () => {
        asked.push('brands')
        return { version: state.version, brands: state.brands }
      },
    },
  }
  // The two calls that a board takes.
  const client = calls as unknown as Client
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
  const queries = createQueries(client)
  return {
    state,
    asked,
    read: () => readBoard({ client, queries, cache }, 'o', new AbortController().signal),
    known: () => cache.getQueryData(queries.session.brands.queryKey({ input: { organizationId: 'o' } })),
  }
}

describe('the board of the console', () => {
  test('puts cells to the brands that are there already, and asks for those once', async () => {
    const { read, asked } = setUp()
    expect((await read()).brands).toEqual([
      { ...acme, cells: 'AB' },
      { ...zenith, cells: 'CD' },
    ])
    await read()
    expect(asked.toSorted()).toEqual(['board', 'board', 'brands'])
  })

  test('of other brands than those takes the brands from the board itself, for everybody who lists them', async () => {
    const { read, asked, state, known } = setUp()
    await read()
    Object.assign(state, { version: '2', brands: [zenith], cells: 'CD' })
    asked.length = 0
    expect((await read()).brands).toEqual([{ ...zenith, cells: 'CD' }])
    expect(asked).toEqual(['board', 'board with brands'])
    expect(known()).toEqual({ version: '2', brands: [zenith] })
  })

  test('without a brand is empty', async () => {
    const { read, state } = setUp()
    Object.assign(state, { brands: [], cells: '' })
    expect((await read()).brands).toEqual([])
  })
})
