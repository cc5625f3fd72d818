import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { incidentStates } from '../../../shared/incidents.ts'
import { useDrawer, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { nextPage } from '../../client/more-pages.ts'
import { knownOf } from '../../client/queries.ts'
import { Unanswered } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Name } from '../../components/untrusted.tsx'
import { incidentInWords, stateOfIncident } from '../../incidents/incident-words.ts'
import classes from './incident-details.module.css'

const pageSize = 50

/** What it is behind, ended ones as well, page by page; nothing where there is nothing. */
export function Effects({ causeId }: { causeId: string }) {
  const organizationId = useOrganizationId()
  const { open } = useDrawer()
  const pages = useInfiniteQuery(
    useQueries().incidents.list.infiniteOptions({
      input: (cursor: string | null) => ({
        organizationId,
        causeId,
        states: [...incidentStates],
        cursor,
        limit: pageSize,
      }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const known = knownOf(pages)
  if (known === undefined) return <Unanswered answer={pages} />
  const effects = known.pages.flatMap((page) => page.incidents)
  if (effects.length === 0) return null
  return (
    <section aria-labelledby="effects-title">
      <h3 id="effects-title">Because of it</h3>
      <ul className={classes['effects']}>
        {effects.map((effect) => (
          <li key={effect.id}>
            <StateMark {...stateOfIncident(effect)} />
            <button type="button" className="pm-link" onClick={() => open({ kind: 'incident', incidentId: effect.id })}>
              <Name text={incidentInWords(effect)} />
            </button>
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button variant="default" loading={pages.isFetchingNextPage} onClick={nextPage(pages)}>
          Show more effects
        </Button>
      )}
    </section>
  )
}
