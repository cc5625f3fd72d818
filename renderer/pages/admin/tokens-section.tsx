import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useQueries, useSession } from '../../client/context.tsx'
import { useNow } from '../../client/now.tsx'
import type { Queries } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
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
        with <code className={classes['code']}>pm token revoke</code>. One with{' '}
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
    </tr>
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
