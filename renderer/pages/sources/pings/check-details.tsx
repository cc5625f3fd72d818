import { Button, CopyButton, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useQueries } from '../../../client/context.tsx'
import { knownOf } from '../../../client/queries.ts'
import { Unanswered } from '../../../components/failure.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { reportOrigin } from '../report-origin.ts'
import own from '../sources.module.css'
import type { Check } from './check-values.ts'
import { DatasetLink } from './checks-table.tsx'
import { examples } from './lines.ts'
import { PingRuns } from './ping-runs.tsx'
import { useRenew } from './use-checks.ts'

/** The address, which is a secret and shown when it is asked for, lines to copy, and what pings told last. */
export function CheckDetails({ check }: { check: Check }) {
  const [isShown, setIsShown] = useState(false)
  const whyNot = useWhyNot()
  return (
    <div className={own['howTo']} role="group" aria-label={`Details of ${check.name}`}>
      <h3>
        <bdi>{check.name}</bdi>
      </h3>
      <p>
        Keeps the dataset <DatasetLink check={check} /> of <bdi>{check.brand.name}</bdi> fresh.
      </p>
      <PingRuns check={check} />
      <h3>Address</h3>
      {isShown ? (
        <Address check={check} />
      ) : (
        <>
          <p>Whoever has the address may say how this job went, and nothing else. It is a secret all the same.</p>
          <Button
            variant="default"
            disabled={whyNot !== null}
            title={whyNot ?? undefined}
            onClick={() => setIsShown(true)}
          >
            Show the address
          </Button>
        </>
      )}
    </div>
  )
}

function Address({ check }: { check: Check }) {
  const { id: checkId, brand, isAmbiguous } = check
  const answer = useQuery(
    // Not kept once it is out of sight.
    useQueries().pings.address.queryOptions({ input: { checkId }, gcTime: 0 }),
  )
  const { isPending, replaceAddress, replaceKey, makeKey } = useRenew(check)
  const known = knownOf(answer)
  if (known === undefined) {
    return (
      <Unanswered answer={answer}>
        <Skeleton height={36} />
      </Unanswered>
    )
  }
  const origin = reportOrigin(window.location.origin)
  const url = `${origin}${known.path}`
  const slugUrl = known.slugPath === null ? null : `${origin}${known.slugPath}`
  return (
    <>
      <Lines label="Address" text={url} />
      {slugUrl !== null && !isAmbiguous && <Lines label="Address by slug" text={slugUrl} />}
      <Group gap="xs">
        <Button variant="default" loading={isPending} onClick={replaceAddress}>
          Replace the address
        </Button>
        <Button variant="default" loading={isPending} onClick={slugUrl === null ? makeKey : replaceKey}>
          {slugUrl === null ? `Make a ping key for ${brand.name}` : `Replace the ping key of ${brand.name}`}
        </Button>
      </Group>
      <p className="pm-dim">
        With a ping key, a check can be named by its slug, and a first ping with <code>?create=1</code> makes it.
        Replacing cannot be undone: what calls the old address is then answered with 404.
      </p>
      {examples.map(({ name, note, lines }) => (
        <Lines key={name} label={name} note={note} text={lines(url).join('\n')} />
      ))}
    </>
  )
}

function Lines({ label, text, note = null }: { label: string; text: string; note?: string | null }) {
  return (
    <section aria-label={label}>
      <Group justify="space-between" wrap="nowrap">
        <h4>{label}</h4>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="subtle" size="compact-sm" aria-label={`Copy: ${label}`} onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      {note !== null && <p>{note}</p>}
      <pre tabIndex={0} role="region" aria-label={`Lines for ${label}`} dir="ltr">
        {text}
      </pre>
    </section>
  )
}
