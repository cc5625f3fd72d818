import { decodedUrlPart } from '../../shared/url-part.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { environmentValue } from '../jobs/executors/command-lookup.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import type { Environment } from '../settings/machine.ts'

/**
 * Reads secrets by name from the agent's own environment. Whatever is handed out is masked in every log from then on; an
 * empty variable counts as not set.
 */
export function secretReader(environment: Environment, masker: SecretMasker): (name: string) => string | undefined {
  const masked = new Set<string>()
  return (name) => {
    const value = environmentValue(environment, name)
    if (value === undefined || value === '') return undefined
    if (!masked.has(name)) {
      masked.add(name)
      masker.add(value)
    }
    return value
  }
}

/** Makes known to the masker what must never be in a log: passwords of databases, and every secret the catalog names. */
export function maskKnownSecrets(
  masker: SecretMasker,
  known: { readonly urls: readonly string[]; readonly catalog: Catalog; readonly environment: Environment },
): void {
  const { urls, catalog, environment } = known
  const secret = secretReader(environment, masker)
  for (const { secrets } of catalog.jobTypes.values()) secrets.forEach(secret)
  catalog.givenVariables.forEach(secret)
  for (const { valueEnv } of catalog.credentials.values()) secret(valueEnv)
  for (const url of urls) {
    for (const password of passwordsOf(url)) masker.add(password)
  }
}

function passwordsOf(url: string): string[] {
  const parsed = URL.parse(url)
  if (parsed === null) return []
  const inQuery = parsed.searchParams.get('password') ?? ''
  return [parsed.password, decodedUrlPart(parsed.password), inQuery].filter((password) => password !== '')
}
