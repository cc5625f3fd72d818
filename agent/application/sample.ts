import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { Problem } from '../../shared/errors.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { catalogOf } from '../jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../jobs/catalog/parse-catalog.ts'
import { environmentValue } from '../jobs/executors/command-lookup.ts'
import type { Environment } from '../settings/machine.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { NamedConnection } from '../store/named-connection.ts'
import {
  createSampleTables,
  deleteSample,
  insertSampleBrand,
  insertSampleOrganization,
  isNewDatabase,
  sampleState,
} from '../store/sample.ts'
import type { Connection } from './connect.ts'
import { programFolder } from './program.ts'
import { sampleBrands, sampleOrganization } from './sample-contents.ts'

export const sampleFile = join(programFolder, 'examples', 'sample', 'pipeline-manager.yaml')

export interface SampleReport {
  readonly organization: string
  readonly brands: number
  readonly jobs: number
}

/** The sample belongs to a database nobody has used yet. */
export async function isSampleWanted({ kind, database }: Connection): Promise<boolean> {
  return kind === 'embedded' && (await isNewDatabase(database)) && (await sampleState(database)) === 'none'
}

/** True when the catalog of the sample applies: only ever in an embedded database. */
export async function isSampleLoaded({ kind, database }: Pick<Connection, 'kind' | 'database'>): Promise<boolean> {
  return kind === 'embedded' && (await sampleState(database)) === 'loaded'
}

/** Loads organization, brands, jobs and tables in one transaction. @throws Problem `not_allowed`, `conflict`. */
export async function loadSample(connection: Connection): Promise<SampleReport> {
  requireEmbedded(connection)
  const state = await sampleState(connection.database)
  if (state === 'loaded') throw alreadyLoaded()
  if (state === 'foreign') throw foreignSchema()
  const brands = sampleBrands(await databaseNow(connection.database))
  await connection.database.transaction(async (database) => {
    await createSampleTables(database)
    const organizationId = await insertSampleOrganization(database, sampleOrganization)
    for (const brand of brands) await insertSampleBrand(database, organizationId, brand)
  })
  const jobs = brands.reduce((count, brand) => count + brand.jobs.length, 0)
  return { organization: sampleOrganization, brands: brands.length, jobs }
}

/**
 * Removes the sample whole: organization, jobs, runs, history, tables, and the folder its pipelines wrote to. False when there
 * was none. @throws Problem `not_allowed`.
 */
export async function removeSample(connection: Connection, dataDirectory: string): Promise<boolean> {
  requireEmbedded(connection)
  if ((await sampleState(connection.database)) !== 'loaded') return false
  await connection.database.transaction(deleteSample)
  await rm(sampleFolder(dataDirectory), { recursive: true, force: true })
  return true
}

/** Where the sample's pipelines keep their files. */
export function sampleFolder(dataDirectory: string): string {
  return join(dataDirectory, 'sample')
}

/**
 * The catalog of the sample, with the places filled in that only the running program knows. The file is read without the check
 * for foreign writers that a person's own file gets: it lies in our own program folder, and who can write there can change the
 * program itself. (A clone made with umask 002 is writable by the group.)
 */
export function sampleCatalog(places: { readonly dataDirectory: string; readonly port: number }): Catalog {
  const text = readFileSync(sampleFile, 'utf8')
    // A string of JSON is a string of YAML, whatever is in it.
    .replaceAll('"./workspace"', () => JSON.stringify(sampleFolder(places.dataDirectory)))
    .replaceAll('127.0.0.1:4180', `127.0.0.1:${places.port}`)
  return catalogOf(parseCatalog(text, sampleFile))
}

/**
 * Its commands find the very Node that runs this program, also where PATH has another one or none. Its token is that of
 * the simulator: a person's own never gets there.
 */
export function sampleEnvironment(
  environment: Environment,
  metaToken: string,
  nodeProgram = process.execPath,
): Environment {
  const path = environmentValue(environment, 'PATH') ?? ''
  const folders = [dirname(nodeProgram), path].filter((part) => part !== '')
  return { ...environment, PATH: folders.join(delimiter), META_ACCESS_TOKEN: metaToken }
}

/** The one connection that the sample's catalog names: its own tables are in the agent's database. */
export function sampleConnections({ url }: Pick<Connection, 'url'>): ReadonlyMap<string, NamedConnection> {
  return new Map([['sample', { url, readOnly: false, statementTimeoutSeconds: 30 }]])
}

function requireEmbedded({ kind }: Connection): void {
  if (kind === 'embedded') return
  throw new Problem('not_allowed', 'The sample is for the embedded database only; this is a database of your own.', {
    field: 'database-url',
    fix: 'Leave out --database-url (and PIPELINE_MANAGER_DATABASE_URL), with a new --data-dir if you like.',
  })
}

function alreadyLoaded(): Problem {
  return new Problem('conflict', 'The sample is loaded already.', {
    fix: 'Look at it with "pm status", or take it away with "pm sample remove".',
  })
}

function foreignSchema(): Problem {
  return new Problem('conflict', 'There is a schema "sample" in this database that is not ours.', {
    fix: 'Rename or drop it, or use another database folder with --data-dir.',
  })
}
