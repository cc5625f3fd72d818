import { z } from 'zod'
import { cleanText } from '../../../shared/errors.ts'
import { waitAskedFor } from './throttle.ts'

/**
 * What a failed question to the Graph API means for who asked.
 * - `rate_limited`: ask again after `retryAfterMs`;
 * - `token`, `permission`: nothing helps until a person gives another token, or access;
 * - `too_much_data`: no request, of whatever kind, may ask for as much at once;
 * - `too_slow`: too much for an answer at once; a report run, or smaller pages, may do;
 * - `transient`: trouble on the other side, or on the way;
 * - `broken_answer`: an answer that is none: HTML, half a JSON, another shape, a cursor that leads in a circle;
 * - `refused`: the request itself is wrong, for this version of the API or for this object.
 */
export type GraphFailureKind =
  | 'rate_limited'
  | 'token'
  | 'permission'
  | 'too_much_data'
  | 'too_slow'
  | 'transient'
  | 'broken_answer'
  | 'refused'

export class GraphFailure extends Error {
  readonly kind: GraphFailureKind
  /** Only for `rate_limited`, ms. */
  readonly retryAfterMs: number | undefined

  constructor(kind: GraphFailureKind, message: string, detail: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'GraphFailure'
    this.kind = kind
    this.retryAfterMs = detail.retryAfterMs
  }
}

/** https://developers.facebook.com/docs/graph-api/guides/error-handling */
const errorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    code: z.number(),
    error_subcode: z.number().optional(),
    is_transient: z.boolean().optional(),
    error_user_msg: z.string().optional(),
    fbtrace_id: z.string().optional(),
  }),
})
type ErrorBody = z.infer<typeof errorBody>['error']

/**
 * What an answer says went wrong; null when it is not an error of the Graph API. `what` names the request, `GET
 * /act_1/insights`.
 */
export function failureOf(what: string, status: number, headers: Headers, body: unknown): GraphFailure | null {
  const parsed = errorBody.safeParse(body)
  if (!parsed.success) return null
  const { error } = parsed.data
  const kind = kindOf(error, status)
  const subcode = error.error_subcode === undefined ? '' : `, subcode ${error.error_subcode}`
  const trace = error.fbtrace_id === undefined ? '' : ` (trace ${error.fbtrace_id})`
  const words = cleanText(error.error_user_msg ?? error.message, 500)
  const message = `Meta answered ${what} with error ${error.code}${subcode}: ${words}${trace}`
  return new GraphFailure(kind, message, kind === 'rate_limited' ? { retryAfterMs: waitAskedFor(headers) } : {})
}

/** "Data per call" of https://developers.facebook.com/docs/marketing-api/insights/best-practices/ */
export const tooMuchDataSubcode = 1_487_534
/** Of code 2: the request timed out; fewer days or fields may do. */
const timedOutSubcode = 1_504_018
/** Of code 100: the object does not exist, or this token may not see it. */
const unseenObjectSubcode = 33

/**
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ ; 341 and 368 ask for patience in the list of
 * errors.
 */
const throttlingCodes = new Set([4, 17, 32, 341, 368, 613])
const tokenCodes = new Set([102, 190])
const permissionCodes = new Set([3, 10])

function kindOf(error: ErrorBody, status: number): GraphFailureKind {
  const { code, error_subcode: subcode } = error
  if (throttlingCodes.has(code) || (code >= 80_000 && code <= 80_014)) return 'rate_limited'
  if (tokenCodes.has(code)) return 'token'
  if (permissionCodes.has(code) || (code >= 200 && code <= 299)) return 'permission'
  if (subcode === tooMuchDataSubcode) return 'too_much_data'
  if (subcode === timedOutSubcode || /reduce the amount of data/i.test(error.message)) return 'too_slow'
  if (code === 100 && subcode === unseenObjectSubcode) return 'permission'
  if (code === 1 || code === 2 || error.is_transient === true || status >= 500) return 'transient'
  return 'refused'
}
