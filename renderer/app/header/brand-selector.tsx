import { groupKey } from '../../../shared/brand-groups.ts'
import { counted } from '../../components/counts.ts'
import { useBrands, useGroups } from '../organization.ts'
import { useBrandId, useGroup, useSearchParameters } from '../places.ts'
import { Picker } from './picker.tsx'

/** No id of a brand begins so. */
const groupPrefix = 'group:'

/** Narrows every page to one brand, or to the brands of a group; it stays when the page changes. */
export function BrandSelector() {
  const brands = useBrands()
  const groups = useGroups()
  const [brandId] = useBrandId()
  const [group] = useGroup()
  const [, change] = useSearchParameters()
  const ofGroup = (name: string): string => `${groupPrefix}${groupKey(name)}`
  return (
    <Picker
      label="Brand"
      picks={brands}
      groups={groups.map(({ name, brands: count }) => ({
        id: ofGroup(name),
        name,
        pickedName: `Group: ${name}`,
        note: counted(count, 'brand'),
      }))}
      pickedId={group === null ? brandId : ofGroup(group)}
      unknown={group === null ? 'Unknown brand' : 'Unknown group'}
      all="All brands"
      onPick={(id) => {
        const chosen = groups.find(({ name }) => ofGroup(name) === id)
        change(chosen === undefined ? { brand: id, brands: null } : { brand: null, brands: chosen.name })
      }}
    />
  )
}
