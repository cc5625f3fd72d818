import { useMutation } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import { useClient } from '../client/context.tsx'
import { notifyFailure } from '../components/notify.ts'
import type { JobsInput } from './job-pages.ts'

/** So many jobs are chosen at a time: nobody can look through more. */
export const mostChosen = 5_000
const pageSize = 500

interface Read {
  readonly input: string
  readonly jobs: readonly JobRow[]
}

export interface Choice {
  readonly ids: ReadonlySet<string>
  readonly change: (ids: ReadonlySet<string>) => void
  /** Those of them that match now. What is not loaded is as it was read: done to it is only what it was then. */
  readonly jobs: readonly JobRow[]
  /** Everything that is loaded is chosen, and this many could be; null: there is nothing more to choose. */
  readonly possible: number | null
  readonly chooseAll: () => void
  /** Something was done to what is chosen, and only these stay. Those of them that are not loaded are read again: what was read is old. */
  readonly settle: (left: readonly string[]) => void
  readonly isReading: boolean
}

/** What is chosen of a list of which only the first pages are loaded. `total`: how many match, null while nobody knows. */
export function useChoice(input: JobsInput, loaded: readonly JobRow[], total: number | null): Choice {
  const client = useClient()
  const [ids, change] = useState<ReadonlySet<string>>(new Set())
  const [read, setRead] = useState<Read | null>(null)
  const key = JSON.stringify(input)
  const reading = useMutation({
    mutationFn: async (_isChoosing: boolean): Promise<Read> => ({
      input: key,
      jobs: await firstJobs(client.jobs.list, input),
    }),
    onSuccess: (found, isChoosing) => {
      // Other filters, or another choice of them, came meanwhile: these are theirs no more.
      if (found.input !== key) return
      setRead(found)
      if (isChoosing) change(new Set(found.jobs.map(({ id }) => id)))
    },
    onError: notifyFailure,
  })
  // What was read for other filters does not match these.
  const others = read?.input === key ? read.jobs : null
  const jobs = useMemo(() => {
    const known = new Set(loaded.map(({ id }) => id))
    return [...loaded, ...(others ?? []).filter(({ id }) => !known.has(id))].filter(({ id }) => ids.has(id))
  }, [loaded, others, ids])
  const possible = Math.min(total ?? 0, mostChosen)
  const isWhole = loaded.length > 0 && loaded.every(({ id }) => ids.has(id))
  return {
    ids,
    change,
    jobs,
    possible: isWhole && possible > loaded.length && possible > jobs.length ? possible : null,
    chooseAll: () => reading.mutate(true),
    settle: (left) => {
      change(new Set(left))
      const known = new Set(loaded.map(({ id }) => id))
      if (left.every((id) => known.has(id))) return
      setRead(null)
      reading.mutate(false)
    },
    isReading: reading.isPending,
  }
}

type List = ReturnType<typeof useClient>['jobs']['list']

/** The first `mostChosen` that match; one that moves between two pages is there once. */
async function firstJobs(list: List, input: JobsInput): Promise<JobRow[]> {
  const found = new Map<string, JobRow>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<List>> = await list({ ...input, cursor, limit: pageSize })
    for (const job of page.jobs) found.set(job.id, job)
    cursor = page.nextCursor
  } while (cursor !== null && found.size < mostChosen)
  return [...found.values()].slice(0, mostChosen)
}
