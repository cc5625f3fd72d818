/** What the agent of this benchmark can run: job types that refresh five datasets each. A catalog file in JSON is one in YAML. */
import { writeFile } from 'node:fs/promises'

export const jobTypes = Array.from({ length: 10 }, (_, index) => `t${index}`)
export const datasetsOfType = 5
const maxAgeHours = 24

export async function writeCatalog(file: string): Promise<void> {
  const keysOf = (type: number) => Array.from({ length: datasetsOfType }, (_, index) => datasetKey(type, index))
  const datasets = jobTypes.flatMap((_, type) =>
    keysOf(type).map((key) => [key, { label: `Dataset ${key}`, max_age_hours: maxAgeHours }]),
  )
  const types = jobTypes.map((jobType, type) => [
    jobType,
    {
      label: `Load ${jobType}`,
      steps: keysOf(type).map((dataset) => ({ key: `load_${dataset}`, dataset, run: { command: ['true'] } })),
    },
  ])
  const pages = jobTypes.map((jobType, type) => [
    `page_${jobType}`,
    {
      label: `Page ${jobType}`,
      requires: keysOf(type).map((dataset) => ({
        dataset,
        max_age_hours: maxAgeHours,
        fix: { job_type: jobType, parameters: {} },
      })),
    },
  ])
  const content = {
    extends: 'none',
    datasets: Object.fromEntries(datasets),
    job_types: Object.fromEntries(types),
    pages: Object.fromEntries(pages),
  }
  await writeFile(file, JSON.stringify(content))
}

/** Also written in SQL, in seed.ts. */
function datasetKey(type: number, index: number): string {
  return `d${type}_${index}`
}
