import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { describeError, Problem } from '../../../shared/errors.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { type DbtImported, importDbt } from '../../intake/dbt/import-dbt.ts'
import { listAgents } from '../../store/agent-list.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { withSession } from '../session.ts'

/** `pm import dbt <files…> --brand <name> [--manifest <file>]`: run_results.json, sources.json, or both, in any order. */
export async function importDbtFiles(
  context: CliContext,
  files: readonly string[],
  flags: GlobalFlags & { readonly brand: string; readonly manifest?: string },
): Promise<void> {
  const manifest = flags.manifest === undefined ? null : await readDocument(flags.manifest)
  const artifacts = await readArtifacts(files, manifest)
  await withSession(context, flags, 'write', async ({ database, catalog, settings, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const { datasets } = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds))
    const isNeverZero = (key: string): boolean => datasets.get(key)?.never_zero ?? false
    const imported = await importDbt(database, { brand, ...artifacts, isNeverZero })
    print.answer({ brandId: brand.id, ...imported }, () => {
      for (const line of inWords(imported, brand.name)) print.line(line)
    })
  })
}

function inWords(
  { completed, failed, left, policiesSet, policiesKept, isKnown }: DbtImported,
  brand: string,
): string[] {
  if (isKnown) return [`All of this was imported for ${brand} before; nothing changed.`]
  return [
    `Imported for ${brand}: ${completed} succeeded, ${failed} failed, ${left} that say nothing about a dataset.`,
    ...(policiesSet === 0 ? [] : [`The ages of ${policiesSet} datasets are those of warn_after and error_after now.`]),
    ...policiesKept.map((dataset) => `The ages of ${dataset} stay as a person has set them.`),
  ]
}

type Artifact = 'runResults' | 'sources' | 'manifest'

async function readArtifacts(files: readonly string[], manifest: unknown): Promise<Record<Artifact, unknown>> {
  const found: Record<Artifact, unknown> = { runResults: null, sources: null, manifest }
  for (const file of files) {
    const document = await readDocument(file)
    const artifact = artifactOf(document)
    if (found[artifact] !== null) {
      throw new Problem('invalid_input', `${file} is another file of the same kind.`, {
        field: 'files',
        value: file,
        fix: 'Import one run of dbt at a time.',
      })
    }
    found[artifact] = document
  }
  return found
}

const named = z.object({ metadata: z.object({ dbt_schema_version: z.string() }) })

/** By what the file says of itself; what it does not know is told by whoever reads it. */
function artifactOf(document: unknown): Artifact {
  const { data } = named.safeParse(document)
  const [, form] = /\/dbt\/(sources|manifest)\//.exec(data?.metadata.dbt_schema_version ?? '') ?? []
  return form === 'sources' || form === 'manifest' ? form : 'runResults'
}

async function readDocument(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Problem('invalid_input', `${file} cannot be read: ${describeError(error)}`, {
      field: 'files',
      value: file,
      fix: 'Give the path of target/run_results.json, target/sources.json or target/manifest.json of a dbt project.',
    })
  }
}
