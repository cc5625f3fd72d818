import { z } from 'zod'
import { accountIdPattern, accountPath } from '../../../connectors/meta/accounts.ts'
import { GraphClient } from '../../../connectors/meta/graph-client.ts'
import { type BrandAdAccount, listBrandAdAccounts } from '../../../store/brand-ad-accounts.ts'
import { type StepContext, StepFailure, type StepResult } from '../../executors/executor.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { asStepFailure } from './failure.ts'

const settingsSchema = z.looseObject({ token_env: z.string().min(1) })

/** A step that talks to Meta: for a brand, with a token. */
export interface GraphSession {
  readonly client: GraphClient
  readonly brandId: string
}

/** The same about the ad accounts of the brand. */
export interface MetaSession extends GraphSession {
  /** At least one. */
  readonly accounts: readonly BrandAdAccount[]
}

/**
 * Runs `work` with a client of the step and the accounts of the brand, and turns what Meta fails with into what that
 * means for the run.
 * @throws StepFailure
 */
export async function withMeta(
  dependencies: BuiltinDependencies,
  settings: unknown,
  context: StepContext,
  work: (session: MetaSession) => Promise<StepResult>,
): Promise<StepResult> {
  tokenNameOf(settings)
  const accounts = await accountsOf(dependencies, brandOf(context))
  return withGraph(dependencies, settings, context, (session) => work({ ...session, accounts }))
}

/** The same for a brand that need not have an account. @throws StepFailure */
export async function withGraph(
  dependencies: BuiltinDependencies,
  settings: unknown,
  context: StepContext,
  work: (session: GraphSession) => Promise<StepResult>,
): Promise<StepResult> {
  const tokenName = tokenNameOf(settings)
  const brandId = brandOf(context)
  const { graphUrl, ...access } = dependencies.meta
  const client = new GraphClient({
    ...access,
    baseUrl: await graphUrl(),
    token: tokenOf(tokenName, context),
    clock: dependencies.clock,
    random: dependencies.random,
    signal: context.signal,
    onRetry: (message) => context.log.write('warn', message),
  })
  try {
    return await work({ client, brandId })
  } catch (error) {
    throw asStepFailure(error, tokenName)
  }
}

/** @throws StepFailure `configuration` for a job without a brand. */
export function brandOf({ identity }: StepContext): string {
  if (identity.brandId !== null) return identity.brandId
  throw new StepFailure('configuration', `${identity.jobType} is for a brand, and this job has none.`)
}

function tokenNameOf(settings: unknown): string {
  const parsed = settingsSchema.safeParse(settings)
  if (parsed.success) return parsed.data.token_env
  const example = 'with: { token_env: META_ACCESS_TOKEN }'
  throw new StepFailure('configuration', `The step needs the name of the variable that holds the token: ${example}`)
}

function tokenOf(name: string, context: StepContext): string {
  const token = context.secret(name)?.trim() ?? ''
  if (token === '') {
    throw new StepFailure('configuration', `There is no token: set ${name} in the environment of the agent.`)
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new StepFailure('configuration', `${name} has characters that no token has: set it again.`)
  }
  return token
}

/** @throws StepFailure `configuration` for a brand without an account, or with one that is not its own. */
async function accountsOf({ database }: BuiltinDependencies, brandId: string): Promise<BrandAdAccount[]> {
  const accounts = await listBrandAdAccounts(database, brandId)
  if (accounts.length === 0) {
    const command = 'pm brands link <account> --brand <brand>'
    throw new StepFailure('configuration', `The brand has no Meta ad account. Link one: ${command}`)
  }
  for (const { accountId, isTaken } of accounts) {
    if (!accountIdPattern.test(accountId)) {
      throw new StepFailure('configuration', `"${accountId}" is no Meta ad account: write it like act_1234567890.`)
    }
    if (isTaken) {
      throw new StepFailure(
        'configuration',
        `Another brand has the ad account ${accountId} too, and had it first. A row of performance belongs to one brand: take the account away from one of them.`,
      )
    }
  }
  // Written in two ways, it is one account.
  return [
    ...new Map(accounts.toReversed().map((account) => [accountPath(account.accountId), account])).values(),
  ].toReversed()
}
