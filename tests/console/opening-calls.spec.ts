/** O1: what opens a page while the database is away is what the agent has asked for itself before (`openingCalls`). */
import { openingCalls, type openingClient } from '../../agent/console/opening-calls.ts'
import { type Fields, peculiarities } from '../../agent/console/peculiar-answers.ts'
import { contract } from '../../shared/contract/index.ts'
import { canonicalJson } from '../../shared/json.ts'
import { expect, test } from './support/fixtures.ts'

interface Procedure {
  readonly '~orpc': {
    readonly inputSchema?: { readonly parse: (input: unknown) => Fields }
    readonly meta: { readonly withoutDatabase: string }
  }
}

/** The contract as two levels of names. */
const calls = contract as unknown as Readonly<Record<string, Readonly<Record<string, Procedure>>>>

/** The question under which an answer is kept, as text; null where none is. */
function questionOf(group: string, name: string, input: unknown): string | null {
  const procedure = calls[group]?.[name]?.['~orpc']
  if (procedure === undefined) throw new Error(`There is no call ${group}.${name}.`)
  if (procedure.meta.withoutDatabase !== 'kept') return null
  const checked = procedure.inputSchema?.parse(input ?? {}) ?? {}
  const question = peculiarities[`${group}.${name}`]?.question?.(checked, new Date()) ?? checked
  return `${group}.${name} ${canonicalJson(JSON.parse(JSON.stringify(question)))}`
}

/** What the agent asks for itself. */
function askedBefore(organizationId: string): ReadonlySet<string> {
  const asked = new Set<string>()
  const group = (first: string): object =>
    new Proxy({}, { get: (_, name) => (input: unknown) => asked.add(questionOf(first, String(name), input) ?? '') })
  const client = new Proxy({}, { get: (_, first) => group(String(first)) }) as ReturnType<typeof openingClient>
  for (const { ask } of openingCalls(client, organizationId, new Date())) void ask()
  return asked
}

/** What is asked of each brand as it comes into view, or is opened. */
const asTheyAreSeen = /^freshness\.(?:cells|brand) /

/** Each page, and the last of its own calls to be made. */
const pages: readonly (readonly [page: string, call: string])[] = [
  ['health', 'freshness.summary'],
  ['schedules', 'schedules.timeline'],
  ['active-jobs', 'backfills.list'],
  ['run-history', 'runs.summary'],
  ['freshness-matrix', 'freshness.board'],
  ['readiness', 'readiness.list'],
]

test('O1: every tab and Readiness open with nothing but what the agent has kept by itself', async ({ page, agent }) => {
  // Six pages, one after the other.
  test.slow()
  await agent.brand('Acme')
  const asked: string[] = []
  page.on('request', (request) => {
    const [, group, name] = /\/rpc\/(\w+)\/(\w+)$/.exec(request.url()) ?? []
    if (group === undefined || name === undefined) return
    const body = request.postDataJSON() as { readonly json?: unknown } | null
    const question = questionOf(group, name, body?.json)
    if (question !== null && !asTheyAreSeen.test(question)) asked.push(question)
  })
  const before = askedBefore(agent.organizationId)
  for (const [place, call] of pages) {
    asked.length = 0
    await page.goto(agent.at(place))
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    await expect.poll(() => asked.some((question) => question.startsWith(`${call} `)), { message: place }).toBe(true)
    expect([place, asked.filter((question) => !before.has(question))]).toEqual([place, []])
  }
})
