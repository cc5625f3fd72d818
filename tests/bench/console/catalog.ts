/** What the agent of this benchmark can run: job types that refresh five datasets each. A catalog file in JSON is one in YAML. */
import { writeFile } from 'node:fs/promises'
import type { CatalogInput } from '../../../agent/jobs/catalog/file-schema.ts'

export const jobTypes = Array.from({ length: 10 }, (_, index) => `t${index}`)
export const datasetsOfType = 5
const maxAgeHours = 24

export async function writeCatalog(file: string): Promise<void> {
  const datasets: CatalogInput['datasets'] = {}
  const types: CatalogInput['job_types'] = {}
  const pages: CatalogInput['pages'] = {}
  for (const [number, jobType] of jobTypes.entries()) {
    const keys = Array.from({ length: datasetsOfType }, (_, index) => datasetKey(number, index))
    for (const key of keys) datasets[key] = { label: `Dataset ${key}`, max_age_hours: maxAgeHours }
    types[jobType] = {
      label: `Load ${jobType}`,
      steps: keys.map((dataset) => ({ key: `load_${dataset}`, dataset, run: { command: ['true'] } })),
    }
    const fix = { job_type: jobType, parameters: {} }
    pages[`page_${jobType}`] = {
      label: `Page ${jobType}`,
      requires: keys.map((dataset) => ({ dataset, max_age_hours: maxAgeHours, fix })),
    }
  }
  await writeFile(file, JSON.stringify({ extends: 'none', datasets, job_types: types, pages } satisfies CatalogInput))
}

/** Also written in SQL, in seed.ts. */
function datasetKey(type: number, index: number): string {
  return `d${type}_${index}`
}
