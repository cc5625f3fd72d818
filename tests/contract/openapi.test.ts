import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorStatus } from '../../shared/contract/base.ts'
import { matching } from '../integration/cli/matchers.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { calls } from './doors.ts'

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: unknown }> }>
}
interface ApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly servers: readonly { readonly url: string }[]
  readonly security: readonly Record<string, unknown>[]
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly securitySchemes: Record<string, { readonly type: string; readonly scheme: string }> }
}

let server: TestServer
let text: string
let type: string | null
let document: ApiDocument
beforeAll(async () => {
  server = await startTestServer()
  const answer = await fetch(`${server.url}/api/openapi.json`)
  type = answer.headers.get('content-type')
  text = await answer.text()
  // The tests below check what they use of it.
  document = JSON.parse(text) as ApiDocument
})
afterAll(async () => {
  await server.stop()
})

test('the document is OpenAPI 3.1 of this program, and says how to be let in', () => {
  expect(type).toContain('application/json')
  expect(document.openapi).toMatch(/^3\.1\.\d$/)
  expect(document.info).toMatchObject({ title: 'Pipeline Manager', version: '1.2.3' })
  expect(document.servers).toEqual([{ url: '/api' }])
  expect(document.components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } })
  expect(document.security).toEqual([{ token: [] }])
})

test.each(calls)('$name is in it, with words, a success, and its errors', ({ name, method, route }) => {
  const operation = document.paths[route]?.[method.toLowerCase()]
  expect(operation).toMatchObject({ operationId: name, summary: matching(/^[A-Z].+[.?]$/) })
  const statuses = Object.keys(operation?.responses ?? {})
  expect(statuses.some((status) => status.startsWith('2'))).toBe(true)
  expect(statuses).toEqual(expect.arrayContaining([...new Set(Object.values(errorStatus))].map(String)))
})

test('it names nothing but calls of the contract', () => {
  const named = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(named.toSorted()).toEqual(calls.map(({ method, route }) => `${method} ${route}`).toSorted())
})

test('every parameter of a path is described, and every reference leads somewhere', () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      const { parameters = [] } = operation as { parameters?: { name: string; in: string; required?: boolean }[] }
      const described = parameters.filter((one) => one.in === 'path' && one.required === true).map((one) => one.name)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      expect([path, described.toSorted((one, other) => one.localeCompare(other))]).toEqual([
        path,
        inPath.toSorted((one, other) => one.localeCompare(other)),
      ])
    }
  }
  for (const [, reference = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let target: unknown = document
    for (const part of reference.split('/')) target = (target as Record<string, unknown> | undefined)?.[part]
    expect([reference, target !== undefined]).toEqual([reference, true])
  }
})
