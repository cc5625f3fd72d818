import { Box, Checkbox, Group, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import { useCommands } from '../../app/commands.tsx'
import { useOrganization } from '../../app/organization.ts'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { Failure } from '../../components/failure.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './admin.module.css'
import { GroupsOfMany } from './brand-groups.tsx'
import { BrandRow } from './brand-row.tsx'
import { ImportBrands } from './import-brands.tsx'
import { NameForm } from './name-form.tsx'
import { RenameGroup } from './rename-group.tsx'
import { refreshBrands } from './use-brand-commands.ts'

/** The brands of the organization with their groups, ad accounts and maximum ages. Nothing here is removed: brands are put away. */
export function BrandsSection() {
  const { id: organizationId, name } = useOrganization()
  const brands = useQuery(useQueries().admin.brands.queryOptions({ input: { organizationId } }))
  const whyNot = useWhyNot('admin')
  const { data } = brands
  return (
    <section className={classes['section']} aria-labelledby="admin-brands">
      <h2 id="admin-brands">Brands and accounts of {name.slice(0, 80)}</h2>
      <p>
        A brand is synced from the ad accounts that are linked to it. One that is put away is listed nowhere and its
        jobs are paused; what it has stays. Groups narrow every page to the brands that carry them.
      </p>
      <Group justify="space-between" align="flex-end">
        <NewBrand organizationId={organizationId} whyNot={whyNot} />
        <Box mb="sm">
          <RenameGroup whyNot={whyNot} />
        </Box>
      </Group>
      {brands.error !== null && <Failure error={brands.error} onRetry={() => void brands.refetch()} />}
      {data === undefined && brands.error === null && <Skeleton height={120} />}
      {data?.brands.length === 0 && <p>There is no brand yet. Make one above, or import several below.</p>}
      {data !== undefined && data.brands.length > 0 && <BrandsTable brands={data.brands} whyNot={whyNot} />}
      {data?.isCut === true && <p>Only the first {counted(data.brands.length, 'brand')} are listed here.</p>}
      <ImportBrands organizationId={organizationId} whyNot={whyNot} />
    </section>
  )
}

function BrandsTable({ brands, whyNot }: { brands: readonly AdministeredBrand[]; whyNot: string | null }) {
  const [picked, setChosen] = useState<ReadonlySet<string>>(nothing)
  // One that is gone meanwhile could not be let go of.
  const chosen = useMemo(() => new Set(brands.flatMap(({ id }) => (picked.has(id) ? [id] : []))), [brands, picked])
  return (
    <>
      <div
        className={`${classes['wide']} ${own['brands']}`}
        tabIndex={0}
        role="region"
        aria-label="Brands and accounts"
      >
        <table className={classes['table']}>
          <caption className="pm-visually-hidden">
            Brands with their groups, accounts, maximum ages and searches
          </caption>
          <thead>
            <tr>
              <th scope="col">
                <Checkbox
                  size="xs"
                  aria-label="Select all brands"
                  checked={chosen.size === brands.length}
                  indeterminate={chosen.size > 0 && chosen.size < brands.length}
                  onChange={({ currentTarget: { checked } }) =>
                    setChosen(new Set(checked ? brands.map(({ id }) => id) : []))
                  }
                />
              </th>
              <th scope="col">Brand</th>
              <th scope="col">Groups</th>
              <th scope="col">Ad accounts</th>
              <th scope="col">Maximum ages of its own</th>
              <th scope="col">Searches of the Ad Library</th>
              <th scope="col">Actions</th>
            </tr>
          </thead>
          <tbody>
            {brands.map((brand) => (
              <BrandRow
                key={brand.id}
                brand={brand}
                whyNot={whyNot}
                isChosen={chosen.has(brand.id)}
                onChoose={(isChosen) => setChosen((before) => withOrWithout(before, brand.id, isChosen))}
              />
            ))}
          </tbody>
        </table>
      </div>
      {chosen.size > 0 && (
        <GroupsOfMany
          brands={brands.filter(({ id }) => chosen.has(id))}
          whyNot={whyNot}
          onClear={() => setChosen(nothing)}
        />
      )}
    </>
  )
}

const nothing: ReadonlySet<string> = new Set()

function withOrWithout(ids: ReadonlySet<string>, id: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(ids)
  if (isIn) next.add(id)
  else next.delete(id)
  return next
}

function NewBrand({ organizationId, whyNot }: { organizationId: string; whyNot: string | null }) {
  const queries = useQueries()
  const cache = useQueryClient()
  const create = useMutation(
    queries.admin.createBrand.mutationOptions({ onSettled: () => refreshBrands(cache, queries) }),
  )
  const field = useRef<HTMLInputElement>(null)
  const [wanted, setWanted] = useState(0)
  // The palette gives the focus back to what had it before, and this follows.
  useEffect(() => {
    if (wanted > 0) field.current?.focus()
  }, [wanted])
  useCommands([
    { id: 'brands.new', label: 'New brand', disabledReason: whyNot, run: () => setWanted((count) => count + 1) },
  ])
  return (
    <NameForm
      fieldRef={field}
      label="New brand"
      button="Make brand"
      isPending={create.isPending}
      failure={create.error === null ? null : commandFailureOf(create.error).message}
      whyNot={whyNot}
      onSubmit={(name, done) => create.mutate({ organizationId, name }, { onSuccess: done })}
    />
  )
}
