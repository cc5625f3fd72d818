/**
 * What the browser tests are written with: `import { expect, test } from './support/fixtures.ts'`.
 * Each worker has one agent and database; each test has an organization of its own, and a page that is signed in.
 */
import { test as base } from '@playwright/test'
import type pg from 'pg'
import { only } from '../../support/job-rows.ts'
import { type AgentUnderTest, startAgent } from './agent-under-test.ts'

export { expect } from '@playwright/test'

export interface Workspace {
  /** `http://127.0.0.1:43210` */
  readonly url: string
  readonly sql: pg.Client
  readonly process: AgentUnderTest
  readonly organizationId: string
  /** Adds a brand to the organization; returns its id. */
  brand(name: string): Promise<string>
  /** Address of a page of the organization: `at('run-history', { brand: id })`. */
  at(page: string, search?: Readonly<Record<string, string>>): string
}

interface Fixtures {
  readonly agent: Workspace
  /** What the page complained about; a test that expects some empties it. Anything left fails the test. */
  readonly complaints: string[]
}

export const test = base.extend<Fixtures, { readonly worker: AgentUnderTest }>({
  worker: [
    // Playwright reads the names of a fixture's needs from this pattern.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      await using agent = await startAgent()
      await use(agent)
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  agent: async ({ worker }, use, { title }) => {
    await use(await createWorkspace(worker, title))
  },
  // oxlint-disable-next-line no-empty-pattern
  complaints: async ({}, use) => {
    await use([])
  },
  context: async ({ context, worker }, use) => {
    await signIn(context.request, worker)
    await use(context)
  },
  page: async ({ page, complaints }, use) => {
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await use(page)
    if (complaints.length > 0) throw new Error(`The page complained: ${complaints.join('\n')}`)
  },
})

/** As somebody who pastes a token. */
export async function signIn(
  request: {
    post(url: string, options: object): Promise<{ ok(): boolean; status(): number; text(): Promise<string> }>
  },
  agent: AgentUnderTest,
): Promise<void> {
  const answer = await request.post(`${agent.url}/session`, { data: { token: agent.token } })
  if (!answer.ok()) throw new Error(`Signing in failed with ${answer.status()}: ${await answer.text()}`)
}

/** An organization of its own. */
export async function createWorkspace(agent: AgentUnderTest, title: string): Promise<Workspace> {
  const { rows } = await agent.sql.query<{ id: string }>(
    `with organization as (insert into organizations (name) values ($1) returning id)
     insert into organization_features (organization_id, feature, enabled)
     select id, 'PIPELINE_MANAGER', true from organization returning organization_id as id`,
    [title.slice(0, 60)],
  )
  const organizationId = only(rows).id
  return {
    url: agent.url,
    sql: agent.sql,
    process: agent,
    organizationId,
    brand: async (name) => {
      const { rows: brands } = await agent.sql.query<{ id: string }>(
        'insert into brands (organization_id, name) values ($1, $2) returning id',
        [organizationId, name],
      )
      return only(brands).id
    },
    at: (page, search = {}) => {
      const parameters = new URLSearchParams(search).toString()
      return `${agent.url}/o/${organizationId}/${page}${parameters === '' ? '' : `?${parameters}`}`
    },
  }
}
