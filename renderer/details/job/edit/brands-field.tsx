import { MultiSelect } from '@mantine/core'
import { groupKey, isInGroup } from '../../../../shared/brand-groups.ts'
import { useBrands, useGroups } from '../../../app/organization.ts'
import { useMay } from '../../../client/context.tsx'
import classes from './brands-field.module.css'
import type { ScheduleValues } from './schedule-values.ts'

const platform = 'platform'
/** No id of a brand begins so. */
const groupPrefix = 'group:'

export interface BrandsFieldProps {
  readonly values: Pick<ScheduleValues, 'brandIds'>
  readonly onChange: (change: Partial<ScheduleValues>) => void
}

/** One brand or several, also all of a group at once; none at all only for those who may make jobs of the platform, and then alone. */
export function BrandsField({ values, onChange }: BrandsFieldProps) {
  const { brandIds } = values
  const brands = useBrands()
  const groups = useGroups()
  const isAdmin = useMay('admin')
  const named = brands.map(({ id, name }) => ({ value: id, label: name.trim().slice(0, 200) || 'unnamed' }))
  const choices = isAdmin ? [...named, { value: platform, label: 'Platform (no brand)' }] : named
  const wholeGroups = groups.map(({ name, brands: count }) => ({
    value: `${groupPrefix}${groupKey(name)}`,
    label: `All of ${name} (${count.toLocaleString()})`,
  }))
  const ofGroups = (chosen: readonly string[]): string[] =>
    groups
      .filter(({ name }) => chosen.includes(`${groupPrefix}${groupKey(name)}`))
      .flatMap(({ name }) => brands.filter((brand) => isInGroup(brand, name)).map(({ id }) => id))
  return (
    <MultiSelect
      label="Brands"
      required
      searchable
      clearable
      selectFirstOptionOnChange
      limit={100}
      placeholder={brandIds?.length === 0 ? 'Choose for whom' : ''}
      data={
        wholeGroups.length === 0
          ? choices
          : [
              { group: 'Groups', items: wholeGroups },
              { group: 'Brands', items: choices },
            ]
      }
      value={brandIds === null ? [platform] : [...brandIds]}
      nothingFoundMessage="No such brand."
      clearButtonProps={{ 'aria-label': 'Choose no brand' }}
      classNames={{ pillsList: classes['pills'] ?? '' }}
      onChange={(chosen) => {
        const isPlatform = chosen.includes(platform) && brandIds !== null
        const single = chosen.filter((id) => id !== platform && !id.startsWith(groupPrefix))
        const ids = [...new Set([...single, ...ofGroups(chosen)])]
        onChange({ brandIds: isPlatform ? null : ids, productId: null })
      }}
    />
  )
}
