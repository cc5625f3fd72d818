import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../../shared/clock.ts'
import type { ConsoleServices } from '../../console/context.ts'
import type { Limits } from '../limits.ts'
import { readBannerAddress } from './banner-address.ts'
import { bannerPage, bannerScript, bannerStyle, themes } from './banner-page.ts'
import { type BannerState, bannerState } from './banner-state.ts'

export interface BannerRoutes {
  readonly key: Uint8Array
  readonly clock: Clock
  readonly services: () => ConsoleServices | null
  readonly limits: Limits
  /** Origins whose pages may embed the banner; null = none but our own. */
  readonly embedOrigins: readonly string[] | null
}

const query = z.object({
  page: z.string().max(200).catch(''),
  brand: z.string().max(100).catch(''),
  signature: z.string().max(1_000).catch(''),
  theme: z.enum(themes).catch('auto'),
})

/**
 * `/embed/…`: pages for frames of other sites. They set no cookie and look at none: what a request may read stands in its address. Their
 * headers are their own, because those of the console forbid to be framed.
 */
export function bannerRoutes(app: FastifyInstance, options: BannerRoutes): void {
  const { limits, embedOrigins } = options
  const stateFor = async (request: FastifyRequest): Promise<BannerState> => {
    await limits.embedded(request)
    const asked = query.parse(request.query)
    return bannerState(options.services(), readBannerAddress(options.key, options.clock, asked))
  }
  const own = { helmet: false } as const
  app.get('/embed/banner', own, async (request, reply) => {
    const state = await stateFor(request)
    return withHeaders(reply, embedOrigins)
      .code(statusOf(state))
      .type('text/html; charset=utf-8')
      .send(bannerPage(state, query.parse(request.query).theme))
  })
  app.get('/embed/banner/state', own, async (request, reply) => {
    const state = await stateFor(request)
    return withHeaders(reply, embedOrigins).send(state)
  })
  app.get('/embed/banner.js', own, (_request, reply) =>
    withHeaders(reply, embedOrigins).type('text/javascript; charset=utf-8').send(bannerScript),
  )
  app.get('/embed/banner.css', own, (_request, reply) =>
    withHeaders(reply, embedOrigins).type('text/css; charset=utf-8').send(bannerStyle),
  )
}

/** A link that has ended, or never was one. */
function statusOf({ isLive }: BannerState): number {
  return isLive ? 200 : 403
}

/** Nothing but our own script, style and state; framed by nobody but those whom the settings name. */
function withHeaders(reply: FastifyReply, embedOrigins: readonly string[] | null): FastifyReply {
  const ancestors = ["'self'", ...(embedOrigins ?? [])].join(' ')
  return reply.headers({
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  })
}
