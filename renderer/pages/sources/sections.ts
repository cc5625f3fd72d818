import type { ComponentType } from 'react'
import { DbtSection } from './dbt/dbt-section.tsx'
import { HooksSection } from './hooks/hooks-section.tsx'
import { LineageSection } from './lineage/lineage-section.tsx'
import { PingsSection } from './pings/pings-section.tsx'

export interface SourcesSection {
  /** In the address. */
  readonly name: string
  readonly label: string
  readonly Section: ComponentType
}

/** Ways in which other programs report; the first is shown first. One line each. */
export const sourcesSections: readonly SourcesSection[] = [
  { name: 'lineage', label: 'OpenLineage', Section: LineageSection },
  { name: 'pings', label: 'Pings', Section: PingsSection },
  { name: 'hooks', label: 'Hooks', Section: HooksSection },
  { name: 'dbt', label: 'dbt', Section: DbtSection },
]
