import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useAsk } from '../../app/ask.tsx'
import { useQueries, useSession } from '../../client/context.tsx'
import { useNow } from '../../client/now.tsx'
import type { Queries } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import { notifyDone, notifyFailure } from '../../components/notify.ts'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'

type Token = Awaited<ReturnType<Queries['admin']['tokens']['call']>>[number]

/** Who comes in with a token, and how one is made. */
export function TokensSection() {
  const tokens = useQuery(useQueries().admin.tokens.queryOptions())
  return (
    <section className={classes['section']} aria-labelledby="admin-tokens">
      <h2 id="admin-tokens">Tokens</h2>
      <p>
        For programs, and for browsers on other machines. A token is shown once, when it is made on the machine of the
        agent: <code className={classes['code']}>pm token create --name reports --scope read</code>. It is taken back
        here, or with <code className={classes['code']}>pm token revoke</code>. One with{' '}
        <code className={classes['code']}>--scope ingest</code> only lets other programs report what they have done: see
        Sources.
      </p>
      {tokens.error !== null && <Failure error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data === undefined && tokens.error === null && <Skeleton height={72} />}
      {tokens.data?.length === 0 && <p>No token has been made. Only people on the agent's machine come in.</p>}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <div className={classes['wide']}>
          <table className={classes['table']}>
            <caption className="pm-visually-hidden">Tokens</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Scope</th>
                <th scope="col" data-secondary>
                  Organization
                </th>
                <th scope="col" data-secondary>
                  Made
                </th>
                <th scope="col">Last used</th>
                <th scope="col">Works</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {tokens.data.map((token) => (
                <TokenRow key={token.id} token={token} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function TokenRow({ token }: { token: Token }) {
  const { organizations } = useSession()
  const organization = organizations.find(({ id }) => id === token.organizationId)
  return (
    <tr>
      <td>
        <Name text={token.name} />
      </td>
      <td>{token.scope}</td>
      <td data-secondary>
        {token.organizationId === null ? 'all' : <Name text={organization?.name ?? token.organizationId} />}
      </td>
      <td data-secondary>
        <Age at={token.createdAt} />{' '}
        <span className="pm-dim">
          by <bdi>{token.createdBy.slice(0, 100)}</bdi>
        </span>
      </td>
      <td>
        <Age at={token.lastUsedAt} />
      </td>
      <td>
        <Validity token={token} />
      </td>
      <td>{token.revokedAt === null && <Revoke token={token} />}</td>
    </tr>
  )
}

/** A program that is locked out cannot be let in again with the same token, so it is asked first. */
function Revoke({ token: { id, name, lastUsedAt } }: { token: Token }) {
  const queries = useQueries()
  const cache = useQueryClient()
  const ask = useAsk()
  const whyNot = useWhyNot('admin')
  const shown = name.slice(0, 100)
  const revoke = useMutation(
    queries.admin.revokeToken.mutationOptions({
      onSuccess: () => notifyDone(`The token ${shown} is revoked.`),
      onError: notifyFailure,
      onSettled: () => cache.invalidateQueries({ queryKey: queries.admin.key() }),
    }),
  )
  const use = lastUsedAt === null ? 'It was never used.' : 'What uses it is refused from then on.'
  return (
    <Button
      variant="default"
      aria-label={`Revoke ${shown}`}
      title={whyNot ?? undefined}
      disabled={whyNot !== null}
      loading={revoke.isPending}
      onClick={() =>
        ask({
          question: `Revoke the token ${shown}? ${use} This cannot be undone.`,
          yes: 'Revoke token',
          no: 'Keep it',
          isDangerous: true,
          onYes: () => revoke.mutate({ tokenId: id }),
        })
      }
    >
      Revoke
    </Button>
  )
}

function Validity({ token: { revokedAt, expiresAt } }: { token: Token }) {
  const now = useNow()
  if (revokedAt !== null) {
    return (
      <span className="pm-dim">
        Revoked <Age at={revokedAt} />
      </span>
    )
  }
  if (expiresAt === null) return <>Until it is revoked</>
  return expiresAt <= now ? (
    <span className="pm-dim">
      Expired <Age at={expiresAt} />
    </span>
  ) : (
    <>
      Expires <Age at={expiresAt} />
    </>
  )
}
