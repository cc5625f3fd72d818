import { expect, test } from 'vitest'
import { namedConnections } from '../../../agent/application/named-connections.ts'
import { maskKnownSecrets, secretReader } from '../../../agent/application/secrets.ts'
import { emptyCatalog } from '../../../agent/jobs/catalog/catalog.ts'
import { SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'

const spec = { url_env: 'WAREHOUSE_URL', read_only: false, statement_timeout_seconds: 7 }

test('passwords of every database and the values of named secrets are known to the masker before anything runs', () => {
  const masker = new SecretMasker()
  const catalog = { ...emptyCatalog, credentials: new Map([['hooks', { header: 'Authorization', valueEnv: 'HOOKS' }]]) }
  const urls = ['postgres://me:p%40ssword-one@host/a', 'postgres://host/b?user=me&password=p-word-two']
  maskKnownSecrets(masker, { urls, catalog, environment: { HOOKS: 'hook-token', OTHER: 'not-a-secret' } })
  expect(masker.mask('p@ssword-one p%40ssword-one p-word-two hook-token not-a-secret')).toBe(
    '*** *** *** *** not-a-secret',
  )
})

test('a secret that is handed out is masked from then on; an empty one counts as not set', () => {
  const masker = new SecretMasker()
  const secret = secretReader({ TOKEN: 'token-value', EMPTY: '' }, masker)
  expect(masker.mask('token-value')).toBe('token-value')
  expect([secret('TOKEN'), secret('EMPTY'), secret('MISSING')]).toEqual(['token-value', undefined, undefined])
  expect(masker.mask('token-value')).toBe('***')
})

test('a named connection is resolved from its variable, and said to be missing without it', () => {
  const catalog = { connections: new Map([['warehouse', spec]]) }
  const found = namedConnections(catalog, { WAREHOUSE_URL: 'postgres://w/x' }, 'postgres://agent/db')
  expect(found.connections.get('warehouse')).toMatchObject({
    url: 'postgres://w/x',
    readOnly: false,
    statementTimeoutSeconds: 7,
  })
  expect(found.warnings).toEqual([])
  const missing = namedConnections(catalog, {}, 'postgres://agent/db')
  expect(missing.connections.has('warehouse')).toBe(false)
  expect(missing.warnings).toEqual([
    'The connection "warehouse" has no URL: the environment variable WAREHOUSE_URL is not set.',
  ])
})

test('"agent" is always the own database, read-only, whatever a file says', () => {
  const catalog = { connections: new Map([['agent', spec]]) }
  const { connections, warnings } = namedConnections(
    catalog,
    { WAREHOUSE_URL: 'postgres://w/x' },
    'postgres://agent/db',
  )
  expect(connections.get('agent')).toMatchObject({ url: 'postgres://agent/db', readOnly: true })
  expect(warnings).toHaveLength(1)
})
