import { z } from 'zod'
import type { GraphClient, Query } from './graph-client.ts'
import { GraphFailure } from './graph-failure.ts'

/** https://developers.facebook.com/docs/graph-api/results */
function pageSchema<Row extends z.ZodType>(row: Row) {
  return z.object({
    data: z.array(row),
    paging: z
      .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
      .optional(),
  })
}
type Paging = z.infer<ReturnType<typeof pageSchema>>['paging']

export interface PagesOptions {
  /** Rows of a page; Meta may give fewer. */
  readonly limit: number
  /** A page that is too slow is asked for again with a quarter of the rows, down to 25. */
  readonly shrinks: boolean
}

const smallestPage = 25

/**
 * The pages of an edge, one after the other; while one is worked on, the next is on its way. We follow the cursor and not
 * `paging.next`, which holds the token. @throws GraphFailure `broken_answer` for a cursor that leads in a circle.
 */
export async function* pages<Row extends z.ZodType>(
  client: GraphClient,
  path: string,
  query: Query,
  row: Row,
  options: PagesOptions,
): AsyncGenerator<z.output<Row>[]> {
  const schema = pageSchema(row)
  const seen = new Set<string>()
  let { limit } = options
  const pageAt = async (after: string | undefined): Promise<z.output<typeof schema>> => {
    for (;;) {
      try {
        return await client.get(path, { ...query, limit, after }, schema)
      } catch (error) {
        const isSmaller = options.shrinks && limit > smallestPage
        if (!(error instanceof GraphFailure) || error.kind !== 'too_slow' || !isSmaller) throw error
        limit = Math.max(smallestPage, Math.floor(limit / 4))
      }
    }
  }
  for (let coming = pageAt(undefined); ; ) {
    const { data, paging } = await coming
    const after = cursorAfter(path, paging, seen)
    if (after !== null) {
      coming = pageAt(after)
      // Whoever stops reading before it has come has no use for its failure.
      coming.catch(() => undefined)
    }
    yield data
    if (after === null) return
  }
}

/** Null after the last page. */
function cursorAfter(path: string, paging: Paging, seen: Set<string>): string | null {
  if (paging?.next === undefined) return null
  const cursor = paging.cursors?.after ?? URL.parse(paging.next)?.searchParams.get('after') ?? null
  if (cursor === null) throw new GraphFailure('broken_answer', `Meta says that ${path} goes on, but not where.`)
  if (seen.has(cursor)) {
    throw new GraphFailure('broken_answer', `The pages of ${path} lead in a circle: a cursor came twice.`)
  }
  seen.add(cursor)
  return cursor
}
