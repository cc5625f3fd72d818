import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import type { ConsoleServices, Identity } from '../console/context.ts'
import type { RunTally } from '../metrics/run-tally.ts'
import { isUnreachable } from '../store/database.ts'
import { type Authentication, requireServices } from './authentication.ts'
import type { Limits } from './limits.ts'

export interface ReadingRoutes {
  readonly version: string
  readonly services: () => ConsoleServices | null
  readonly tally: RunTally
}

/**
 * `/metrics` for Prometheus and `/cctray.xml` for tray clients. For programs alone: a token, as a bearer or as the password of basic
 * authentication, which is all that some of them can send; never a cookie. Loaded when somebody first asks.
 */
export function readingRoutes(
  app: FastifyInstance,
  { version, services, tally }: ReadingRoutes,
  { authentication, limits }: { readonly authentication: Authentication; readonly limits: Limits },
): void {
  const known = new KnownPrograms(authentication)
  const identified = async (request: FastifyRequest): Promise<Identity> => {
    const identity = await known.identify(request)
    if (identity.scope === 'ingest') throw feedsOnly()
    request.identity = identity
    await limits.called(request)
    return identity
  }
  app.get('/metrics', async (request, reply) => {
    const identity = await identified(request)
    const ready = requireServices(services)
    const [{ metricsType, writeMetrics }, { takeReadings }, { readQueueFacts }] = await Promise.all([
      import('../metrics/prometheus.ts'),
      import('../metrics/readings.ts'),
      import('../store/queue-facts.ts'),
    ])
    const database = await orNullWhileAway(async () => {
      const [readings, queue] = await Promise.all([takeReadings(ready, identity), readQueueFacts(ready.database)])
      return { readings, queue }
    })
    const { agentName, metricsDatasets: mostDatasets } = ready.settings
    return reply.type(metricsType).send(await writeMetrics({ version, agentName, tally, database, mostDatasets }))
  })
  app.get<{ Querystring: { brand?: string | string[] } }>('/cctray.xml', async (request, reply) => {
    const identity = await identified(request)
    const ready = requireServices(services)
    const [{ cctrayType, writeCctray }, { takeReadings }] = await Promise.all([
      import('../metrics/cctray.ts'),
      import('../metrics/readings.ts'),
    ])
    const readings = await takeReadings(ready, identity)
    const brand = [request.query.brand ?? null].flat()[0] ?? null
    const { metricsDatasets: mostDatasets } = ready.settings
    const { ownOrigin: origin } = request
    return reply.type(cctrayType).send(writeCctray({ readings, origin, brand, mostDatasets }))
  })
}

function feedsOnly(): Problem {
  return new Problem('not_allowed', 'This token only feeds the intakes; it reads nothing.', {
    field: 'scope',
    value: 'ingest',
    fix: 'Use a token with the scope read: pm token create --name <name> --scope read',
  })
}

/** Null while the database cannot be asked. */
async function orNullWhileAway<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await question()
  } catch (error) {
    if (isUnreachable(error)) return null
    throw error
  }
}

const mostPrograms = 100

/** While tokens cannot be looked up, one that was good when it was seen last is believed: that the database is away is what they ask about. */
class KnownPrograms {
  readonly #authentication: Authentication
  /** By the digest of what they sent. */
  readonly #seen = new Map<string, Identity>()

  constructor(authentication: Authentication) {
    this.#authentication = authentication
  }

  async identify(request: FastifyRequest): Promise<Identity> {
    const digest = createHash('sha256')
      .update(request.headers.authorization ?? '')
      .digest('base64')
    const before = this.#seen.get(digest)
    try {
      const identity = await this.#authentication.program(request)
      this.#remember(digest, identity)
      return identity
    } catch (error) {
      const isAway = error instanceof Problem && error.code === 'database_unreachable'
      // Others with the same token may be asking at this moment.
      if (!isAway) this.#seen.delete(digest)
      if (!isAway || before === undefined) throw error
      this.#remember(digest, before)
      return before
    }
  }

  /** The one that was seen longest ago gives way. */
  #remember(digest: string, identity: Identity): void {
    this.#seen.delete(digest)
    this.#seen.set(digest, identity)
    for (const oldest of this.#seen.keys()) if (this.#seen.size > mostPrograms) this.#seen.delete(oldest)
  }
}
