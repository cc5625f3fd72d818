import { type ApiToken, revokeApiToken } from '../store/api-tokens.ts'
import type { DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

/** Locks a token out for good, and writes down who did. False when it was revoked already. */
export async function revokeToken(
  database: DatabasePool,
  actor: Actor,
  { id, name, organizationId }: Pick<ApiToken, 'id' | 'name' | 'organizationId'>,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    if (!(await revokeApiToken(transaction, id, actor.operator))) return false
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'token.revoke',
      subjectType: 'token',
      subjectId: id,
      before: { name, revoked: false },
      after: { name, revoked: true },
    })
    return true
  })
}
