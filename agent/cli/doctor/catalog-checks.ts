import type { Clock } from '../../../shared/clock.ts'
import { describeError, Problem } from '../../../shared/errors.ts'
import { secretReader } from '../../application/secrets.ts'
import { openChannels } from '../../incidents/open-channels.ts'
import { type Catalog, runnableJobTypes } from '../../jobs/catalog/catalog.ts'
import type { RunSpec } from '../../jobs/catalog/run-spec.ts'
import { checkCommand, describeRequirements } from '../../jobs/executors/command.ts'
import { environmentValue } from '../../jobs/executors/command-lookup.ts'
import { SecretMasker } from '../../jobs/log/secret-masker.ts'
import type { Environment } from '../../settings/machine.ts'
import { reachNamedDatabase } from '../../store/reach-database.ts'
import { type Finding, listed, ok, problem, warning } from './finding.ts'

export interface CatalogPlace {
  readonly environment: Environment
  /** Where relative paths start when there is no file. */
  readonly workingDirectory: string
  readonly clock: Clock
}

/** What the catalog of this machine needs: programs, folders, secrets, databases. */
export async function checkCatalog(catalog: Catalog, place: CatalogPlace): Promise<Finding[]> {
  return [
    runnableFinding(catalog),
    ...checkCommands(catalog, place),
    ...checkSecrets(catalog, place.environment),
    ...checkChannels(catalog, place),
    ...(await checkConnections(catalog, place.environment)),
  ]
}

function runnableFinding(catalog: Catalog): Finding {
  const types = runnableJobTypes(catalog)
  if (types.length > 0) return ok('catalog', `An agent with this catalog can run ${listed(types, 8)}.`)
  if (catalog.baseDirectory === null) {
    return ok(
      'catalog',
      'The built-in catalog, which says what exists. To run it: a pipeline-manager.yaml and --config.',
    )
  }
  const message = 'An agent with this catalog can run nothing: no job type says what its steps run.'
  return warning('catalog', message, 'Add "run" to the steps in the pipeline-manager.yaml.')
}

interface PlacedRun {
  /** `load_orders step extract` */
  readonly place: string
  readonly run: RunSpec
}

function runsOf(catalog: Catalog): PlacedRun[] {
  return [...catalog.jobTypes.values()].flatMap(({ key, steps }) =>
    steps.flatMap((step) => (step.run === null ? [] : [{ place: `${key} step ${step.key}`, run: step.run }])),
  )
}

function checkCommands(catalog: Catalog, { environment, workingDirectory }: CatalogPlace): Finding[] {
  const place = { environment, baseDirectory: catalog.baseDirectory ?? workingDirectory }
  const commands = runsOf(catalog).flatMap(({ run, place: where }) =>
    run.kind === 'command' ? [{ where, spec: run.spec }] : [],
  )
  const broken = commands.flatMap(({ where, spec }) => {
    const checked = checkCommand(spec, place)
    return checked.ok
      ? []
      : [problem('commands', `${where} cannot start: ${checked.problem}.`, 'Correct it in the catalog, or install it.')]
  })
  const unset = commands.flatMap(({ where, spec }) =>
    describeRequirements(spec)
      .environment.filter((name) => isUnset(environment, name))
      .map((name) => unsetFinding('commands', where, name)),
  )
  const good = commands.length > 0 && broken.length + unset.length === 0
  return good
    ? [ok('commands', `All ${commands.length} commands are there, with what they read.`)]
    : [...broken, ...unset]
}

function checkSecrets({ jobTypes, credentials }: Catalog, environment: Environment): Finding[] {
  const secrets = [...jobTypes.values()].flatMap(({ key, secrets }) => secrets.map((name) => ({ where: key, name })))
  const headers = [...credentials].map(([key, { valueEnv }]) => ({ where: `credential ${key}`, name: valueEnv }))
  const needed = [...secrets, ...headers]
  const unset = needed.filter(({ name }) => isUnset(environment, name))
  if (unset.length > 0) return unset.map(({ where, name }) => unsetFinding('secrets', where, name))
  return needed.length === 0 ? [] : [ok('secrets', `All ${needed.length} secrets are set.`)]
}

/** Opened as an agent would, and used for nothing. */
function checkChannels(catalog: Catalog, { environment, workingDirectory, clock }: CatalogPlace): Finding[] {
  const masker = new SecretMasker()
  const { channels, warnings } = openChannels({
    catalog,
    environment,
    baseDirectory: catalog.baseDirectory ?? workingDirectory,
    secret: secretReader(environment, masker),
    mask: (value) => masker.add(value),
    clock,
  })
  const found = warnings.map((text) => warning('channels', text, 'Then run doctor where the agent is started.'))
  if (found.length > 0 || channels.size === 0) return found
  return [ok('channels', `All ${channels.size} channels can be used: ${listed([...channels.keys()])}.`)]
}

function isUnset(environment: Environment, name: string): boolean {
  return (environmentValue(environment, name) ?? '') === ''
}

/** The agent may have it, though this shell has not. */
function unsetFinding(check: string, where: string, name: string): Finding {
  const message = `${where} needs the environment variable ${name}, which is not set here.`
  return warning(check, message, 'Set it where the agent is started; then run doctor there.')
}

function pooledFinding(name: string, serverVersion: string): Finding {
  const message = `Connection ${name} answers through a pooler (PostgreSQL ${serverVersion}): each step runs one statement, in a transaction.`
  return warning(
    'connections',
    message,
    'Name the server itself where steps have several statements, or want no transaction.',
  )
}

async function checkConnections({ connections }: Catalog, environment: Environment): Promise<Finding[]> {
  return Promise.all(
    [...connections].map(async ([name, { url_env: variable }]) => {
      const url = environmentValue(environment, variable) ?? ''
      if (url === '') return unsetFinding('connections', `connection ${name}`, variable)
      try {
        const { serverVersion, isPooled } = await reachNamedDatabase(url)
        if (isPooled) return pooledFinding(name, serverVersion)
        return ok('connections', `Connection ${name} answers (PostgreSQL ${serverVersion}).`)
      } catch (error) {
        const fix = error instanceof Problem ? error.fix : undefined
        // The fix speaks of --database-url; here the URL is in a variable.
        const here = fix?.replaceAll('--database-url', variable) ?? `Check ${variable}.`
        return problem('connections', `Connection ${name}: ${describeError(error)}`, here)
      }
    }),
  )
}
