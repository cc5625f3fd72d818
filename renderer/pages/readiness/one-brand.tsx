import { Button, Group, Skeleton } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useBrandName } from '../../app/organization.ts'
import { useBrandId, useDrawer, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { useHand, useHeldOrder } from '../../components/held-order.ts'
import { OrderChanged } from '../../components/order-changed.tsx'
import classes from '../page.module.css'
import { brandsOf, readinessAnswer, worstPagesFirst } from './answer.ts'
import { PageReadiness } from './page-readiness.tsx'

/** Every page of one brand with what it needs, what is missing, and the way to mend it. */
export function OneBrand({ brandId }: { brandId: string }) {
  const organizationId = useOrganizationId()
  const name = useBrandName()
  const [, setBrandId] = useBrandId()
  const readiness = useQuery(useQueries().readiness.list.queryOptions({ input: { organizationId, brandId } }))
  const sorted = useMemo(
    () => (readiness.data === undefined ? noPages : worstPagesFirst(readiness.data)),
    [readiness.data],
  )
  const hand = useHand()
  const { opened } = useDrawer()
  const { rows, isChanged, sortNow } = useHeldOrder({
    sorted,
    everything: sorted,
    idOf: keyOf,
    isHeld: hand.isIn || opened !== null,
    about: brandId,
  })
  if (readiness.error !== null && readiness.data === undefined) {
    return <Failure error={readiness.error} onRetry={() => void readiness.refetch()} />
  }
  return (
    <div className={classes['page']}>
      <AnswerLine isLoading={readiness.data === undefined}>
        {readiness.data === undefined ? '' : readinessAnswer(brandsOf(readiness.data))}
      </AnswerLine>
      <Group justify="space-between" pr={16}>
        <Button
          variant="subtle"
          color="gray"
          mx={8}
          leftSection={<IconArrowLeft size={14} aria-hidden />}
          onClick={() => setBrandId(null)}
        >
          All brands
        </Button>
        <OrderChanged isChanged={isChanged} onSort={sortNow} />
      </Group>
      {readiness.data === undefined && <Skeleton height={240} m={16} />}
      {readiness.data !== undefined && rows.length === 0 && (
        <EmptyState title="No page is defined">
          A page names the datasets it needs and how old they may be. Pages are defined in the catalog file of an agent.
        </EmptyState>
      )}
      <div {...hand.area}>
        {rows.map(({ key }) => (
          <PageReadiness key={key} brandId={brandId} brandName={name} page={key} />
        ))}
      </div>
    </div>
  )
}

interface ListedPage {
  readonly key: string
}

const noPages: readonly ListedPage[] = []

function keyOf({ key }: ListedPage): string {
  return key
}
