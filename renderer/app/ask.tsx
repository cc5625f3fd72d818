import { createContext, type ReactNode, use, useMemo, useState } from 'react'
import { AskBar, type AskBarProps } from '../components/ask-bar.tsx'
import { useOrganizationId } from './places.ts'

type Question = Pick<AskBarProps, 'question' | 'yes' | 'no' | 'isDangerous' | 'onYes'>

interface Asking {
  readonly asked: Question | null
  readonly ask: (question: Question) => void
  readonly done: () => void
}

const AskContext = createContext<Asking | null>(null)

/**
 * Lets anything on a page ask before it does what cannot be taken back. A new question replaces the one before, and with its page (of
 * whichever organization) a question goes.
 */
export function AskProvider({ page, children }: { page: string; children: ReactNode }) {
  const [asked, setAsked] = useState<Question | null>(null)
  const place = `${useOrganizationId()} ${page}`
  const [askedAt, setAskedAt] = useState(place)
  if (askedAt !== place) {
    setAskedAt(place)
    setAsked(null)
  }
  const value = useMemo(() => ({ asked, ask: setAsked, done: () => setAsked(null) }), [asked])
  return <AskContext value={value}>{children}</AskContext>
}

export function useAsk(): (question: Question) => void {
  return useAsking().ask
}

/** Where the question stands: below the page, and above a drawer that covers it. */
export function Asked() {
  const { asked, done } = useAsking()
  if (asked === null) return null
  return (
    <AskBar
      key={asked.question}
      {...asked}
      onNo={done}
      onYes={() => {
        done()
        asked.onYes()
      }}
    />
  )
}

function useAsking(): Asking {
  const asking = use(AskContext)
  if (asking === null) throw new Error('Used outside of AskProvider.')
  return asking
}
