import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'

/** Per minute. */
export interface LimitSizes {
  /** Requests of one address, files of the console included. */
  readonly address: number
  /** Calls of one person's browsers: a console with several tabs open asks a few things with every change. */
  readonly console: number
  /** Calls of one token. */
  readonly token: number
  /** Questions of embedded banners from one address: many people may sit behind it, each of whose pages asks six times. */
  readonly embedded: number
  /** What other programs report from one address, through the intakes: a flood of theirs is no reason to lose what they say. */
  readonly reports: number
  /** Codes and tokens from one address that are not valid. Good ones are not held up by bad ones. */
  readonly refusals: number
  /** Tokens and hooks from one address that do not exist and are looked up all the same; beyond, only those that are known are. */
  readonly unknown: number
  /** Pings from one address that name nothing; good ones are never held up by them. */
  readonly unknownPings: number
}

export const usualLimits: LimitSizes = {
  address: 6_000,
  console: 3_000,
  token: 600,
  embedded: 1_200,
  reports: 300_000,
  refusals: 10,
  unknown: 300,
  unknownPings: 300,
}

export interface Limits {
  /** Counts a request before anything is done for it. @throws Problem `too_many_requests`. */
  readonly arrived: (request: FastifyRequest) => Promise<void>
  /** Counts a call of a known caller. @throws Problem `too_many_requests`. */
  readonly called: (request: FastifyRequest) => Promise<void>
  /** Counts what a banner asks. @throws Problem `too_many_requests`. */
  readonly embedded: (request: FastifyRequest) => Promise<void>
  /** Counts what comes to an intake. @throws Problem `too_many_requests`. */
  readonly reported: (request: FastifyRequest) => Promise<void>
  /** Counts a code or token that is not valid, and takes a moment over it. @throws Problem `too_many_requests`. */
  readonly refused: (request: FastifyRequest) => Promise<void>
}

/** Milliseconds. Guessing 256 bits is hopeless anyway; this keeps whoever tries from keeping us busy. */
const refusalDelayMs = { least: 50, most: 250 }

export async function addLimits(app: FastifyInstance, sizes: LimitSizes): Promise<Limits> {
  await app.register(rateLimit, { global: false })
  const timeWindow = 60_000
  const address = app.createRateLimit({ max: sizes.address, timeWindow, keyGenerator: ({ ip }) => ip })
  const caller = app.createRateLimit({
    max: ({ identity }) => (identity?.door === 'console' ? sizes.console : sizes.token),
    timeWindow,
    keyGenerator: ({ callerId, ip }) => (callerId === '' ? ip : callerId),
  })
  const embedded = app.createRateLimit({ max: sizes.embedded, timeWindow, keyGenerator: ({ ip }) => ip })
  const reports = app.createRateLimit({ max: sizes.reports, timeWindow, keyGenerator: ({ ip }) => ip })
  const refusals = app.createRateLimit({ max: sizes.refusals, timeWindow, keyGenerator: ({ ip }) => ip })
  const check = async (limiter: typeof address, request: FastifyRequest, what: string): Promise<void> => {
    const state = await limiter(request)
    if (!state.isAllowed && state.isExceeded) throw tooMany(what, state.ttlInSeconds)
  }
  return {
    arrived: (request) => check(address, request, 'requests from this address'),
    called: (request) => check(caller, request, 'calls'),
    embedded: (request) => check(embedded, request, 'questions of banners from this address'),
    reported: (request) => check(reports, request, 'reports from this address'),
    refused: async (request) => {
      await check(refusals, request, 'links or tokens that are not valid')
      await delay(randomInt(refusalDelayMs.least, refusalDelayMs.most), undefined, { ref: false })
    },
  }
}

function tooMany(what: string, seconds: number): Problem {
  return new Problem('too_many_requests', `There were too many ${what} in the last minute.`, {
    fix: `Try again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  })
}
