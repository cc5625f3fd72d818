import { z } from 'zod'
import { storedDue } from '../../shared/due.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { maximumsOf } from '../freshness/surroundings.ts'
import type { EvaluatedCatalog } from '../store/evaluated-datasets.ts'

/** By the catalog that it was made from, which stays the same until an agent comes, goes or changes. */
const made = new WeakMap<KnownCatalog, EvaluatedCatalog>()

/** What of everything that agents have published decides about freshness: maximum ages (F9), and who refreshes what. */
export function evaluatedCatalog(catalog: KnownCatalog): EvaluatedCatalog {
  const known = made.get(catalog)
  if (known !== undefined) return known
  const evaluated = { maximums: maximums(catalog), refreshers: refreshers(catalog) }
  made.set(catalog, evaluated)
  return evaluated
}

function maximums(catalog: KnownCatalog): EvaluatedCatalog['maximums'] {
  const maximumOf = maximumsOf(catalog)
  const required = [...catalog.pages.values()].flatMap(({ requires }) => requires.map(({ dataset }) => dataset))
  return [...new Set([...catalog.datasets.keys(), ...required])].flatMap((dataset) => {
    const { hours } = maximumOf(dataset, undefined)
    // Where there is no maximum a brand may have one, which then counts when the dataset says.
    const due = catalog.datasets.get(dataset)?.due ?? null
    return hours === null && due === null ? [] : [{ dataset, hours, ...storedDue(due) }]
  })
}

const defaultsSchema = z.object({ properties: z.record(z.string(), z.object({ default: z.json().optional() })) })

/** One row for each job type, dataset and switch: a dataset that two steps refresh is refreshed when one of them runs. */
function refreshers({ jobTypes }: KnownCatalog): EvaluatedCatalog['refreshers'] {
  return [...jobTypes.values()].flatMap(({ key, steps, parameters }) => {
    const defaults = defaultsSchema.safeParse(parameters).data?.properties
    const rows = steps.flatMap(({ dataset, when }) =>
      dataset === null
        ? []
        : [{ jobType: key, dataset, switch: when, isOn: when !== null && defaults?.[when]?.default === true }],
    )
    return [...new Map(rows.map((row) => [`${row.dataset} ${row.switch ?? ''}`, row])).values()]
  })
}
