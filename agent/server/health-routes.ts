import type { FastifyInstance } from 'fastify'

/** What `/readyz` answers with. */
export interface HealthReport {
  /** True only when the agent works and the database answered of late. */
  readonly ready: boolean
  /** `starting`, `running`, `offline`, `draining` or `stopped`. */
  readonly state: string
  /** Why it is not ready, in whole sentences; empty when it is. */
  readonly reasons: readonly string[]
  /** What a person should know and what keeps nothing from working, in whole sentences. */
  readonly warnings: readonly string[]
  /** Results of runs that wait on this device for the database. */
  readonly waitingResults: number
}

export interface HealthRoutes {
  readonly version: string
  readonly health: () => Promise<HealthReport>
}

/** `/healthz`: 200 while the process lives. `/readyz`: 200 when it can do its work, else 503 with the reasons. */
export function healthRoutes(app: FastifyInstance, { version, health }: HealthRoutes): void {
  app.get('/healthz', () => ({ status: 'ok', version }))
  app.get('/readyz', async (_request, reply) => {
    const { ready, waitingResults, ...report } = await health()
    const status = ready ? 'ready' : 'not_ready'
    return reply.code(ready ? 200 : 503).send({ status, ...report, waiting_results: waitingResults, version })
  })
}
