/** Ways in which other programs report, as they stand in the address; the first is shown first. */
export const sourcesParts = ['lineage', 'pings', 'hooks', 'dbt'] as const
export type SourcesPart = (typeof sourcesParts)[number]

export const sourcesLabels: Readonly<Record<SourcesPart, string>> = {
  lineage: 'OpenLineage',
  pings: 'Pings',
  hooks: 'Hooks',
  dbt: 'dbt',
}
