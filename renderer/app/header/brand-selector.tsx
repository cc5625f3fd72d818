import { useBrands } from '../organization.ts'
import { useBrandId } from '../places.ts'
import { Picker } from './picker.tsx'

/** Narrows every page to one brand; it stays when the page changes. */
export function BrandSelector() {
  const brands = useBrands()
  const [brandId, setBrandId] = useBrandId()
  return <Picker label="Brand" picks={brands} pickedId={brandId} all="All brands" onPick={setBrandId} />
}
