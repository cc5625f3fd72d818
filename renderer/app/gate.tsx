import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { useQueries } from '../client/context.tsx'
import { useFollowClock } from '../client/now.tsx'
import { failureOf, isOfDatabase } from '../client/queries.ts'
import { type Refusal, signIn, takeLinkCode } from '../client/sign-in.ts'
import { Failure } from '../components/failure.tsx'
import { StartingUp } from './starting-up.tsx'
import { WaitingForDatabase } from './waiting-for-database.tsx'

const SignIn = lazy(() => import('../pages/sign-in.tsx').then((part) => ({ default: part.SignIn })))

/** Nothing is shown before it is known who asks: signs in, waits for an agent that is still starting, says what is wrong. */
export function Gate({ children }: { children: ReactNode }) {
  const [isRedeeming, setIsRedeeming] = useState(() => window.location.hash.startsWith('#code='))
  const session = useQuery({
    ...useQueries().session.get.queryOptions(),
    // Asked while the code of a link is on its way, it would be answered "signed out", and whoever asks again meanwhile gets that answer.
    enabled: !isRedeeming,
    refetchInterval: ({ state }) => (state.error !== null && !isSignedOut(state.error) ? 2_000 : false),
    // Somebody may have signed in from another window.
    refetchOnWindowFocus: ({ state }) => (state.error === null ? false : 'always'),
  })
  const { refetch } = session
  const error = useLastError(session.error, session.data !== undefined)
  const refusal = useLink(refetch, setIsRedeeming)
  useFollowClock(session.data?.asOf)
  if (isRedeeming) return <StartingUp reason={null} />
  const failure = error === null ? null : failureOf(error)
  if (failure?.code === 'UNAUTHORIZED') {
    return (
      <Suspense fallback={<StartingUp reason={null} />}>
        <SignIn refusal={refusal} onSignedIn={() => void refetch()} />
      </Suspense>
    )
  }
  if (session.data !== undefined) return children
  if (failure === null) return <StartingUp reason={null} />
  if (failure.code === 'UNAVAILABLE' || failure.code === 'UNREACHABLE') return <StartingUp reason={failure.message} />
  if (isOfDatabase(failure)) return <WaitingForDatabase failure={failure} onTried={() => void refetch()} />
  return <Failure error={error} onRetry={() => void refetch()} />
}

function isSignedOut(error: Error): boolean {
  return failureOf(error).code === 'UNAUTHORIZED'
}

/** Stays while the question is asked again: what is shown for it must not come and go, least of all with a token being typed. */
function useLastError(error: Error | null, hasData: boolean): Error | null {
  const [last, setLast] = useState<Error | null>(null)
  if (error !== null && error !== last) setLast(error)
  if (error === null && hasData && last !== null) setLast(null)
  return error ?? (hasData ? null : last)
}

/** Signs in with the code of a link, whether the page was opened by it or the link was pasted into an open page. Null = not refused. */
function useLink(onSignedIn: () => Promise<unknown>, onRedeeming: (isRedeeming: boolean) => void): Refusal | null {
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  useEffect(() => {
    const redeem = async (): Promise<void> => {
      const code = takeLinkCode()
      if (code === null) return
      onRedeeming(true)
      const refused = await signIn({ code })
      setRefusal(refused)
      if (refused === null) await onSignedIn()
      onRedeeming(false)
    }
    const onHashChange = (): void => void redeem()
    void redeem()
    window.addEventListener('hashchange', onHashChange)
    return () => window.removeEventListener('hashchange', onHashChange)
  }, [onSignedIn, onRedeeming])
  return refusal
}
