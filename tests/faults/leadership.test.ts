import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../agent/store/migrate.ts'
import { systemClock } from '../../shared/clock.ts'
import { migrationsDirectory } from '../support/database.ts'
import { Candidates } from '../support/elections.ts'
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts'
import { waitFor } from '../support/wait.ts'

let server: PrivateServer
beforeAll(async () => {
  server = await startPrivateServer()
  await migrate(server.url, { directory: migrationsDirectory, clock: systemClock })
}, 90_000)
afterAll(() => server[Symbol.asyncDispose]())

test.each(['fast', 'immediate'] as const)(
  'leadership, fault 6: restart -m %s: nobody leads without a server, and one does when it is back',
  async (mode) => {
    await using candidates = new Candidates()
    await Promise.all([1, 2, 3].map(() => candidates.start(server.url)))
    await waitFor(() => candidates.leader, { describe: 'one to lead' })
    const before = candidates.terms.length
    await server.restart(mode)
    await waitFor(() => candidates.terms.length > before && candidates.leader, {
      describe: 'one to lead again',
      timeoutMs: 30_000,
    })
    expect(candidates.leaders).toHaveLength(1)
  },
)
