import { Problem } from '../../shared/errors.ts'
import { readStorage, sizeOfFiles } from '../housekeeping/storage-report.ts'
import { listApiTokens } from '../store/api-tokens.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listOrganizationFeatures } from '../store/organization-features.ts'
import { notFound, seesPlatform } from './access.ts'
import { requireAdministered } from './admin-access.ts'
import { actions } from './admin-actions.ts'
import { brandCalls } from './admin-brands.ts'
import { switchFeature } from './feature-switch.ts'
import { procedures } from './procedures.ts'
import { revokeToken } from './revoke-token.ts'

/*
 * The Admin page is never gated: it is where a section is switched on. An administrator of one organization sees and changes that
 * one alone.
 */

const features = procedures.admin.features.handler(({ context: { identity, services } }) =>
  listOrganizationFeatures(services.database, identity.organizationId),
)

const setFeature = procedures.admin.setFeature.handler(async ({ context, input }) => {
  await requireAdministered(context, input.organizationId)
  const { identity, services } = context
  return { changed: await switchFeature(services.database, identity, input) }
})

const tokens = procedures.admin.tokens.handler(({ context: { identity, services } }) =>
  listApiTokens(services.database, identity.organizationId),
)

const revoke = procedures.admin.revokeToken.handler(async ({ context: { identity, services }, input }) => {
  const visible = await listApiTokens(services.database, identity.organizationId)
  const token = visible.find(({ id }) => id === input.tokenId.toLowerCase())
  if (token === undefined) {
    throw notFound(`There is no token ${input.tokenId}.`, { field: 'tokenId', value: input.tokenId })
  }
  const changed = await revokeToken(services.database, identity, token)
  services.tokens.forget(token.id)
  return { changed }
})

const storage = procedures.admin.storage.handler(async ({ context }) => {
  if (!seesPlatform(context)) {
    throw new Problem(
      'not_allowed',
      'The tables hold the rows of all organizations; their sizes are for administrators of all.',
      {
        field: 'scope',
        fix: 'Use a token that is not bound to an organization: pm token create --name <name> --scope admin',
      },
    )
  }
  const { database } = context.services
  const [asOf, report, files] = await Promise.all([
    databaseNow(database),
    readStorage(database),
    sizeOfFiles(context.services.storage()),
  ])
  return { asOf, ...report, files }
})

export const admin = { features, setFeature, ...brandCalls, actions, tokens, revokeToken: revoke, storage }
