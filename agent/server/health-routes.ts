import type { FastifyInstance } from 'fastify'
import { isLoopback } from './host-check.ts'

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

/** `/healthz`: 200 while the process lives. `/readyz`: 200 when it can do its work, else 503; why is told to this machine alone. */
export function healthRoutes(app: FastifyInstance, { version, health }: HealthRoutes): void {
  app.get('/healthz', () => ({ status: 'ok', version }))
  app.get('/readyz', async (request, reply) => {
    const { ready, waitingResults, ...report } = await health()
    const status = ready ? 'ready' : 'not_ready'
    const told = isLoopback(request.ip) ? report : withoutReasons(report)
    return reply.code(ready ? 200 : 503).send({ status, ...told, waiting_results: waitingResults, version })
  })
}

const toldHere = 'It is told on the machine of the agent, by its log and by pm doctor.'

/** Addresses of databases, paths and names of programs stand in them. */
function withoutReasons<Report extends Pick<HealthReport, 'reasons' | 'warnings'>>(report: Report): Report {
  const plain = (reasons: readonly string[]): readonly string[] => (reasons.length === 0 ? [] : [toldHere])
  return { ...report, reasons: plain(report.reasons), warnings: plain(report.warnings) }
}
