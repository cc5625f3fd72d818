import type { ComponentType } from 'react'
import { DbtSection } from './dbt/dbt-section.tsx'
import { HooksSection } from './hooks/hooks-section.tsx'
import { LineageSection } from './lineage/lineage-section.tsx'
import type { SourcesPart } from './parts.ts'
import { PingsSection } from './pings/pings-section.tsx'

/** What each part shows. One line each. */
export const sourcesSections: Readonly<Record<SourcesPart, ComponentType>> = {
  lineage: LineageSection,
  pings: PingsSection,
  hooks: HooksSection,
  dbt: DbtSection,
}
