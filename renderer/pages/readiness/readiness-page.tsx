import { useBrandId } from '../../app/places.ts'
import { AllBrands } from './all-brands.tsx'
import { OneBrand } from './one-brand.tsx'

/** May these pages be used? Verdicts of every page for all brands, or everything about one brand. */
export function ReadinessPage() {
  const [brandId] = useBrandId()
  return brandId === null ? <AllBrands /> : <OneBrand key={brandId} brandId={brandId} />
}
