import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../../agent/server/bearer-token.ts'
import { insertApiToken, livingApiToken } from '../../../agent/store/api-tokens.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import type { Brand } from '../../support/job-rows.ts'

let pm: TestConsole
let acme: Brand
let other: Brand
beforeAll(async () => {
  pm = await createTestConsole()
  acme = await addOpenBrand(pm.sql)
  other = await addOpenBrand(pm.sql, 'Other')
})
afterAll(() => pm.stop())

async function addToken(organizationId: string | null): Promise<string> {
  const { id, secretHash } = makeToken()
  const token = { id, name: 'reports', scope: 'read', organizationId, secretHash, createdBy: 'test' } as const
  await insertApiToken(pm.services.database, { ...token, expiresInDays: null })
  return id
}

const isAlive = async (id: string): Promise<boolean> => (await livingApiToken(pm.services.database, id)) !== null

test('an administrator of one organization revokes its tokens alone; it is written down, once', async () => {
  const [own, theirs, everybodys] = [
    await addToken(acme.organizationId),
    await addToken(other.organizationId),
    await addToken(null),
  ]
  const { admin } = pm.as({ organizationId: acme.organizationId, scope: 'admin' })
  for (const tokenId of [theirs, everybodys]) {
    await expect(admin.revokeToken({ tokenId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await isAlive(tokenId)).toBe(true)
  }
  expect(await admin.revokeToken({ tokenId: own })).toEqual({ changed: true })
  expect(await admin.revokeToken({ tokenId: own })).toEqual({ changed: false })
  expect(await isAlive(own)).toBe(false)
  const { actions } = await admin.actions({ organizationId: acme.organizationId })
  expect(actions.map(({ action, subjectId }) => [action, subjectId])).toEqual([['token.revoke', own]])
  expect(await pm.client.admin.revokeToken({ tokenId: everybodys })).toEqual({ changed: true })
})
