import { Button, Group, Skeleton, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useCommands } from '../../app/commands.tsx'
import { useBrands } from '../../app/organization.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { useKeptFocus } from '../../components/kept-focus.ts'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './notifications.module.css'
import { RouteForm } from './route-form.tsx'
import { brandsInWords, kindsInWords, type Route, valuesOf, whenInWords } from './route-values.ts'
import { useRemoveRoute, useSaveRoute } from './use-routes.ts'

/** What is told where. One route at a time is edited, above the list. */
export function RoutesSection() {
  const organizationId = useOrganizationId()
  const { data, error, refetch } = useQuery(
    useQueries().notifications.routes.queryOptions({ input: { organizationId } }),
  )
  /** As it was when its edit began; `'new'`: one that is not there yet. */
  const [edited, setEdited] = useState<Route | 'new' | null>(null)
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  const routes = data?.routes
  useCommands([
    {
      id: 'routes.new',
      label: 'Add a route',
      disabledReason: whyNot ?? (edited === null ? null : 'a form is open'),
      run: () => setEdited('new'),
    },
  ])
  return (
    <section className={classes['section']} aria-labelledby="routes" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="routes">Routes</h2>
        <Button
          variant="default"
          disabled={whyNot !== null || edited !== null}
          title={whyNot ?? undefined}
          onClick={() => setEdited('new')}
        >
          Add a route
        </Button>
      </Group>
      <p>
        A route leads kinds of incidents, of some brands or all, to a channel: at once, or only what nobody is on after
        a while. Several routes to one channel add up; desktops are told of everything until a route to them says what.
      </p>
      {edited !== null && (
        <RouteForm
          key={edited === 'new' ? 'new' : edited.id}
          route={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {routes === undefined && error === null && <Skeleton height={72} />}
      {routes?.length === 0 && edited === null && (
        <p>No route leads anywhere yet. Add one for each channel that should hear of what goes wrong.</p>
      )}
      {routes !== undefined && routes.length > 0 && (
        <RoutesTable routes={routes} isEditing={edited !== null} onEdit={setEdited} />
      )}
    </section>
  )
}

interface RoutesTableProps {
  readonly routes: readonly Route[]
  readonly isEditing: boolean
  readonly onEdit: (route: Route) => void
}

function RoutesTable({ routes, isEditing, onEdit }: RoutesTableProps) {
  const { save, isPending: isSaving } = useSaveRoute()
  const { remove, isPending: isRemoving } = useRemoveRoute()
  const isPending = isSaving || isRemoving
  const whyNot = useWhyNot()
  const brands = useBrands()
  const switchTo = (route: Route, enabled: boolean): void =>
    save({ base: route, values: { ...valuesOf(route), enabled } })
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Routes</caption>
        <thead>
          <tr>
            <th scope="col">On</th>
            <th scope="col">To</th>
            <th scope="col">Of what</th>
            <th scope="col">When</th>
            <th scope="col" data-secondary>
              Also when it is over
            </th>
            <th scope="col" data-secondary>
              Changed
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <tr key={route.id}>
              <td>
                <Switch
                  size="sm"
                  aria-label={`Route to ${route.channel} is on`}
                  checked={route.enabled}
                  disabled={whyNot !== null || isPending || isEditing}
                  title={whyNot ?? undefined}
                  onChange={(event) => switchTo(route, event.currentTarget.checked)}
                />
              </td>
              <th scope="row" className={own['name']}>
                <Name text={route.channel} />
              </th>
              <td>
                <bdi>
                  {kindsInWords(valuesOf(route))} of {brandsInWords(valuesOf(route), brands)}
                </bdi>
              </td>
              <td>{whenInWords(route)}</td>
              <td data-secondary>{route.tellsResolved ? 'yes' : 'no'}</td>
              <td data-secondary>
                <Age at={route.changedAt} />{' '}
                <span className="pm-dim">
                  by <bdi>{route.changedBy.slice(0, 100)}</bdi>
                </span>
              </td>
              <td className={own['actions']}>
                <Button
                  variant="default"
                  aria-label={`Edit the route to ${route.channel}`}
                  disabled={whyNot !== null || isEditing}
                  onClick={() => onEdit(route)}
                >
                  Edit
                </Button>
                <Button
                  variant="default"
                  aria-label={`Remove the route to ${route.channel}`}
                  disabled={whyNot !== null || isPending || isEditing}
                  onClick={() => remove(route)}
                >
                  Remove
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
