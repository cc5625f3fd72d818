import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'
import type { ConsoleServices, Identity } from '../../console/context.ts'
import { howToEnable, organizationAccess } from '../../store/organization-features.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { type Authentication, requireServices } from '../authentication.ts'

/** A program that reports, and for which organization. */
export interface Reporter {
  readonly identity: Identity
  readonly organizationId: string
}

/** How long it is believed what a token may, ms: thousands of reports a second are not thousands of questions. */
const trustedMs = 1_000
const mostRemembered = 1_000

interface Remembered {
  readonly reporter: Promise<Reporter>
  /** Monotonic. */
  readonly until: number
}

export interface ReportersOptions {
  readonly authentication: Authentication
  readonly services: () => ConsoleServices | null
  readonly clock: Clock
}

/**
 * Who reports to an intake: a token with the scope `ingest`, `operate` or `admin`; never a session. The organization is the token's; one of all
 * organizations names it: `?organization=<name or id>`.
 */
export class Reporters {
  readonly #options: ReportersOptions
  readonly #remembered = new Map<string, Remembered>()

  constructor(options: ReportersOptions) {
    this.#options = options
  }

  /** @throws Problem `unauthorized`, `not_allowed`, `invalid_input` without an organization, `not_found`. */
  identify(request: FastifyRequest): Promise<Reporter> {
    const now = this.#options.clock.monotonic()
    const wanted = queryValue(request, 'organization')
    const key = createHash('sha256')
      .update(`${request.headers.authorization ?? ''}\n${wanted ?? ''}`)
      .digest('base64')
    const known = this.#remembered.get(key)
    if (known !== undefined && known.until > now) return known.reporter
    const reporter = this.#lookUp(request, wanted)
    this.#remember(key, { reporter, until: now + trustedMs })
    // What was refused is looked up anew, and counted.
    reporter.catch(() => this.#remembered.delete(key))
    return reporter
  }

  async #lookUp(request: FastifyRequest, wanted: string | null): Promise<Reporter> {
    const identity = await this.#options.authentication.program(request)
    if (identity.scope === 'read') throw mayOnlyRead(identity)
    const organizationId = identity.organizationId ?? (await this.#named(wanted))
    await this.#requireSection(organizationId)
    return { identity, organizationId }
  }

  async #named(wanted: string | null): Promise<string> {
    if (wanted === null) throw noOrganization()
    const organizations = await listOrganizations(requireServices(this.#options.services).database)
    const text = wanted.toLowerCase()
    const found = organizations.filter(({ id, name }) => id === text || name.toLowerCase() === text)
    const [organization, ...others] = found
    if (organization === undefined) throw notThere(wanted)
    if (others.length === 0) return organization.id
    throw new Problem('ambiguous', `${found.length} organizations have the name "${wanted}".`, {
      field: 'organization',
      value: wanted,
      fix: 'Give the id of one.',
    })
  }

  async #requireSection(organizationId: string): Promise<void> {
    const access = await organizationAccess(requireServices(this.#options.services).database, organizationId)
    if (access === 'on') return
    if (access === 'missing') throw notThere(organizationId)
    throw new Problem('not_allowed', 'Pipeline Manager is switched off for this organization.', {
      field: 'organization',
      value: organizationId,
      fix: howToEnable,
    })
  }

  /** The one that was seen longest ago gives way. */
  #remember(key: string, entry: Remembered): void {
    this.#remembered.delete(key)
    this.#remembered.set(key, entry)
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size > mostRemembered) this.#remembered.delete(oldest)
      else break
    }
  }
}

/** The first of that name in the query; null = there is none. */
export function queryValue(request: FastifyRequest, name: string): string | null {
  // Fastify parses the query into an object of texts, or of several for a name that is given twice.
  const query = request.query as Partial<Record<string, string | string[]>>
  return [query[name] ?? null].flat()[0] ?? null
}

function mayOnlyRead({ operator }: Identity): Problem {
  return new Problem('not_allowed', `${operator} may read; to report takes the scope "ingest".`, {
    field: 'scope',
    value: 'read',
    fix: 'Use a token with the scope ingest: pm token create --name <name> --scope ingest',
  })
}

function noOrganization(): Problem {
  return new Problem('invalid_input', 'This token is for all organizations: it is not known whose report this is.', {
    field: 'organization',
    fix: 'Add ?organization=<name or id> to the address, or use a token of one organization.',
  })
}

function notThere(wanted: string): Problem {
  return new Problem('not_found', `There is no organization "${wanted}".`, {
    field: 'organization',
    value: wanted,
    fix: 'Check the name; "pm organizations" lists them.',
  })
}
