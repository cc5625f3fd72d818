import { Skeleton, Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useQueries } from '../../client/context.tsx'
import type { Queries } from '../../client/queries.ts'
import { Failure } from '../../components/failure.tsx'
import { notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { NewOrganization } from './new-organization.tsx'

type Feature = Awaited<ReturnType<Queries['admin']['features']['call']>>[number]

/** Sections of the product, which each organization has or has not. */
export function FeaturesSection() {
  const features = useQuery(useQueries().admin.features.queryOptions())
  const whyNot = useWhyNot('admin')
  return (
    <section className={classes['section']} aria-labelledby="admin-features">
      <h2 id="admin-features">Features</h2>
      <p>
        An organization that has a feature switched off does not see it, and its calls are refused. Jobs and data stay
        as they are, and jobs go on running.
      </p>
      {whyNot !== null && <p>{whyNot}</p>}
      {features.error !== null && <Failure error={features.error} onRetry={() => void features.refetch()} />}
      {features.data === undefined && features.error === null && <Skeleton height={72} />}
      {features.data !== undefined && (
        <div className={classes['wide']}>
          <table className={classes['table']}>
            <caption className="pm-visually-hidden">Features of organizations</caption>
            <thead>
              <tr>
                <th scope="col">Organization</th>
                <th scope="col" data-secondary>
                  Brands
                </th>
                <th scope="col">Feature</th>
                <th scope="col">On</th>
                <th scope="col" data-secondary>
                  Changed
                </th>
              </tr>
            </thead>
            <tbody>
              {features.data.map((feature) => (
                <FeatureRow key={`${feature.organizationId} ${feature.feature}`} feature={feature} whyNot={whyNot} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NewOrganization whyNot={whyNot} />
    </section>
  )
}

const featureWords: Readonly<Record<string, string | undefined>> = { PIPELINE_MANAGER: 'Pipeline Manager' }

/** `whyNot`: why nothing can be switched now; null when it can. */
function FeatureRow({ feature, whyNot }: { feature: Feature; whyNot: string | null }) {
  const change = useChange(feature)
  const words = featureWords[feature.feature] ?? feature.feature
  return (
    <tr>
      <td>
        <Name text={feature.organizationName} />
      </td>
      <td data-secondary>{feature.brands.toLocaleString()}</td>
      <td>
        <Name text={words} />
      </td>
      <td>
        <Switch
          size="sm"
          aria-label={`${words} for ${feature.organizationName}`}
          checked={feature.enabled}
          disabled={change.isPending || whyNot !== null}
          title={whyNot ?? undefined}
          onChange={(event) => change.to(event.currentTarget.checked)}
        />
      </td>
      <td data-secondary>
        <Age at={feature.changedAt} none="never decided" />
        {feature.changedBy !== null && (
          <span className="pm-dim">
            {' '}
            by <bdi>{feature.changedBy.slice(0, 100)}</bdi>
          </span>
        )}
      </td>
    </tr>
  )
}

function useChange({ organizationId, organizationName, feature }: Feature) {
  const queries = useQueries()
  const cache = useQueryClient()
  const mutation = useMutation(
    queries.admin.setFeature.mutationOptions({
      onError: notifyFailure,
      onSuccess: () =>
        Promise.all([
          cache.invalidateQueries({ queryKey: queries.admin.key() }),
          cache.invalidateQueries({ queryKey: queries.session.key() }),
        ]),
    }),
  )
  const set = (enabled: boolean, after?: () => void): void =>
    mutation.mutate({ organizationId, feature, enabled }, { onSuccess: after })
  const words = featureWords[feature] ?? feature
  return {
    isPending: mutation.isPending,
    to: (enabled: boolean): void =>
      set(enabled, () =>
        notifyUndoable(`Switched ${words} ${enabled ? 'on' : 'off'} for ${organizationName.slice(0, 60)}.`, {
          label: `Switch it ${enabled ? 'off' : 'on'} again`,
          run: () => set(!enabled),
        }),
      ),
  }
}
