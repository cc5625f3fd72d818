import { Button, Group, Skeleton } from '@mantine/core'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { Contract } from '../../../../shared/contract/index.ts'
import { useCommands } from '../../../app/commands.tsx'
import { pagePath, useOrganizationId } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'
import { useFollowClock } from '../../../client/now.tsx'
import { Failure } from '../../../components/failure.tsx'
import { useKeptFocus } from '../../../components/kept-focus.ts'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import { Connecting } from './connecting.tsx'
import { MappingForm } from './mapping-form.tsx'
import { type Mapping, type MappingValues, newMapping, valuesFor } from './mapping-values.ts'
import { MappingsTable } from './mappings-table.tsx'
import { ReportersTable } from './reporters-table.tsx'
import { UnmappedTable } from './unmapped-table.tsx'

type Lineage = InferContractRouterOutputs<Contract>['sources']['lineage']

/** What is edited: a mapping as it was when its edit began, or a new one. */
interface Edit {
  readonly mapping: Mapping | null
  readonly begin: MappingValues
}

/** What Airflow, Spark, dbt and others report by OpenLineage: who, and what their names mean here. */
export function LineageSection() {
  const organizationId = useOrganizationId()
  const { data, error, refetch } = useQuery(useQueries().sources.lineage.queryOptions({ input: { organizationId } }))
  useFollowClock(data?.asOf)
  return (
    <>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={160} m="md" />}
      {data !== undefined && <Parts lineage={data} />}
    </>
  )
}

function Parts({ lineage }: { lineage: Lineage }) {
  const [edit, setEdit] = useState<Edit | null>(null)
  const isEditing = edit !== null
  const isEmpty = lineage.reporters.length === 0 && lineage.unmapped.length === 0
  return (
    <>
      {edit !== null && (
        <div className={classes['section']}>
          <MappingForm
            key={edit.mapping?.id ?? `new ${edit.begin.namespace}\n${edit.begin.name}`}
            mapping={edit.mapping}
            begin={edit.begin}
            onClose={() => setEdit(null)}
          />
        </div>
      )}
      {lineage.unmapped.length > 0 && (
        <Part id="lineage-unmapped" title="Seen but not mapped">
          <p>
            Say which dataset of which brand a name means, and what was told last about it counts at once.
            {lineage.unmappedTotal > lineage.unmapped.length && ` Shown are the latest ${lineage.unmapped.length}.`}
          </p>
          <UnmappedTable
            unmapped={lineage.unmapped}
            isEditing={isEditing}
            onMap={(dataset) => setEdit({ mapping: null, begin: valuesFor(dataset) })}
          />
        </Part>
      )}
      <Mappings
        lineage={lineage}
        isEditing={isEditing}
        onAdd={() => setEdit({ mapping: null, begin: newMapping })}
        onEdit={(mapping) => setEdit({ mapping, begin: newMapping })}
      />
      {lineage.reporters.length > 0 && <Reporters lineage={lineage} />}
      <Part id="lineage-connect" title={isEmpty ? 'Report from Airflow, Spark, dbt or a script' : 'Another program'}>
        <p>
          The official clients of OpenLineage report here as they are. What they run is shown in Run history; what they
          write to is fresh here too, once it is mapped. A backfill counts as of the interval that it fills.
        </p>
        <Connecting />
      </Part>
    </>
  )
}

interface MappingsProps {
  readonly lineage: Lineage
  readonly isEditing: boolean
  readonly onAdd: () => void
  readonly onEdit: (mapping: Mapping) => void
}

function Mappings({ lineage: { mappings }, isEditing, onAdd, onEdit }: MappingsProps) {
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  useCommands([
    {
      id: 'mappings.new',
      label: 'Add a mapping',
      disabledReason: whyNot ?? (isEditing ? 'a form is open' : null),
      run: onAdd,
    },
  ])
  return (
    <section className={classes['section']} aria-labelledby="lineage-mappings" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="lineage-mappings">Mappings</h2>
        <Button variant="default" disabled={whyNot !== null || isEditing} title={whyNot ?? undefined} onClick={onAdd}>
          Add a mapping
        </Button>
      </Group>
      <p>Of the mappings that fit a name the most specific counts; they stand here in that order.</p>
      {mappings.length === 0 ? (
        <p>No name is mapped yet.</p>
      ) : (
        <MappingsTable mappings={mappings} isEditing={isEditing} onEdit={onEdit} />
      )}
    </section>
  )
}

function Reporters({ lineage: { reporters } }: { lineage: Lineage }) {
  const organizationId = useOrganizationId()
  return (
    <Part id="lineage-reporters" title="Who reported lately">
      <p>
        Of their latest 5,000 runs, which are in{' '}
        <Link href={pagePath(organizationId, 'run-history', { source: 'external', by: 'lineage' })}>Run history</Link>.
      </p>
      <ReportersTable reporters={reporters} />
    </Part>
  )
}

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className={classes['section']} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}
