import { MultiSelect } from '@mantine/core'
import { useBrands } from '../../../app/organization.ts'
import { useMay } from '../../../client/context.tsx'
import classes from './brands-field.module.css'
import type { ScheduleValues } from './schedule-values.ts'

const platform = 'platform'

export interface BrandsFieldProps {
  readonly values: Pick<ScheduleValues, 'brandIds'>
  readonly onChange: (change: Partial<ScheduleValues>) => void
}

/** One brand or several; none at all only for those who may make jobs of the platform, and then alone. */
export function BrandsField({ values, onChange }: BrandsFieldProps) {
  const { brandIds } = values
  const brands = useBrands()
  const isAdmin = useMay('admin')
  const choices = brands.map(({ id, name }) => ({ value: id, label: name.trim().slice(0, 200) || 'unnamed' }))
  return (
    <MultiSelect
      label="Brands"
      required
      searchable
      clearable
      selectFirstOptionOnChange
      limit={100}
      placeholder={brandIds?.length === 0 ? 'Choose for whom' : ''}
      data={isAdmin ? [...choices, { value: platform, label: 'Platform (no brand)' }] : choices}
      value={brandIds === null ? [platform] : [...brandIds]}
      nothingFoundMessage="No such brand."
      clearButtonProps={{ 'aria-label': 'Choose no brand' }}
      classNames={{ pillsList: classes['pills'] ?? '' }}
      onChange={(chosen) => {
        const isPlatform = chosen.includes(platform) && brandIds !== null
        onChange({ brandIds: isPlatform ? null : chosen.filter((id) => id !== platform), productId: null })
      }}
    />
  )
}
