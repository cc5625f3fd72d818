import { Button } from '@mantine/core'
import { useCommands } from '../app/commands.tsx'
import { useBrandName } from '../app/organization.ts'
import { useBrandId } from '../app/places.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { useHolding } from './holding.tsx'

/** "Hold…" of what is shown: the brand, or all of them. In the palette as well. */
export function HoldButton() {
  const [brandId] = useBrandId()
  const brand = useBrandName()
  const hold = useHolding()
  const whyNot = useWhyNot()
  const what = brand === null ? 'all brands' : brand.slice(0, 80)
  const run = (): void => hold({ brandId, jobType: null })
  useCommands([{ id: 'holds.new', label: `Hold ${what}: start nothing for a while…`, disabledReason: whyNot, run }])
  return (
    <Button
      variant="default"
      disabled={whyNot !== null}
      title={whyNot ?? `Start nothing for ${what} until a time`}
      onClick={run}
    >
      Hold…
    </Button>
  )
}
