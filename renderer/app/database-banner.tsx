import { IconDatabaseOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useMay } from '../client/context.tsx'
import { useAskKeptAgain, useKeptAsOf } from '../client/kept-as-of.ts'
import { type DatabaseWord, useConnection } from '../client/live.tsx'
import { useNow } from '../client/now.tsx'
import { NextTry, useTry } from '../components/next-try.tsx'
import { timeOfDayText, useShownZone } from '../components/time.tsx'
import { useCommands } from './commands.tsx'
import classes from './database-banner.module.css'
import { whyWords } from './database-words.ts'
import { QueuedCommands } from './queued-commands.tsx'

/**
 * While the database cannot be used, or takes no changes: why, since when, as of when what is on screen was known, and when it is tried
 * again. The place is always there, so that a reader of the screen hears what comes into it, once.
 */
export function DatabaseBanner() {
  const connection = useConnection()
  useAskKeptAgain(connection.state === 'live')
  const state = connection.state === 'offline' || connection.state === 'limited' ? connection.state : null
  const database = 'database' in connection ? connection.database : null
  return (
    <div className={classes['place']}>
      <div className={classes['banner']} data-state={state}>
        <p role="status" className={classes['words']}>
          {state !== null && database !== null && <Words state={state} database={database} />}
        </p>
        {database !== null && <Outlook nextTryAt={database.nextTryAt} />}
      </div>
      <QueuedCommands />
    </div>
  )
}

const titles = { offline: 'Without the database', limited: 'Reading only' } as const

function Words({ state, database }: { state: keyof typeof titles; database: DatabaseWord }) {
  const { since, why } = useFirstOf(`${state} ${database.cause}`, database)
  const { zone } = useShownZone()
  const now = useNow()
  return (
    <>
      <IconDatabaseOff size={14} aria-hidden="true" />
      <strong>
        {titles[state]} since {timeOfDayText(since, now, zone)}.
      </strong>{' '}
      <bdi title={why}>{why}</bdi>
    </>
  )
}

/** Each try says the same in other words; the first stay while it is the same, so that nothing is read out again. */
function useFirstOf(about: string, { reason, fix, since }: DatabaseWord): { since: Date; why: string } {
  const [first, setFirst] = useState({ about, since, why: whyWords(reason, fix) })
  if (first.about === about) return first
  const next = { about, since, why: whyWords(reason, fix) }
  setFirst(next)
  return next
}

function Outlook({ nextTryAt }: { nextTryAt: Date | null }) {
  const whyNot = useMay('operate') ? null : 'You may only read here; this takes the scope "operate".'
  const { mutate, isPending } = useTry()
  useCommands([
    {
      id: 'database.try',
      label: 'Try the database now',
      disabledReason: whyNot ?? (isPending ? 'it is being tried' : null),
      run: () => mutate(undefined),
    },
  ])
  return (
    <div className={classes['outlook']}>
      <ShownAsOf />
      <NextTry at={nextTryAt} whyNot={whyNot} />
    </div>
  )
}

function ShownAsOf() {
  const asOf = useKeptAsOf()
  const { zone } = useShownZone()
  const now = useNow(1_000)
  if (asOf === null) return null
  return (
    <span>
      Shown as of <time dateTime={asOf.toISOString()}>{timeOfDayText(asOf, now, zone)}</time>
    </span>
  )
}
