/**
 * An error as the Graph API answers it: https://developers.facebook.com/docs/graph-api/guides/error-handling . Codes of
 * throttling: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
 */
export class GraphError extends Error {
  readonly status: number
  readonly body: object
  readonly headers: Readonly<Record<string, string>>

  constructor(given: {
    readonly code: number
    readonly subcode?: number
    readonly message: string
    readonly type?: string
    readonly status?: number
    readonly transient?: boolean
    readonly headers?: Readonly<Record<string, string>>
  }) {
    super(given.message)
    this.status = given.status ?? 400
    this.headers = given.headers ?? {}
    this.body = {
      error: {
        message: given.message,
        type: given.type ?? 'OAuthException',
        code: given.code,
        ...(given.subcode === undefined ? {} : { error_subcode: given.subcode }),
        ...(given.transient === undefined ? {} : { is_transient: given.transient }),
        fbtrace_id: 'AsimulatedTraceId0000000',
      },
    }
  }
}

export const invalidToken = (): GraphError =>
  new GraphError({
    code: 190,
    subcode: 460,
    status: 401,
    message: 'Error validating access token: The session has been invalidated because the user changed their password.',
  })

export const noPermission = (account: string): GraphError =>
  new GraphError({
    code: 200,
    status: 403,
    message: `(#200) Ad account owner has NOT grant ads_management or ads_read permission: act_${account}`,
  })

export const unknownObject = (id: string): GraphError =>
  new GraphError({
    code: 100,
    subcode: 33,
    type: 'GraphMethodException',
    message: `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
  })

export const invalidParameter = (message: string): GraphError =>
  new GraphError({ code: 100, message: `(#100) ${message}` })

/** A synchronous request that takes too long to answer; an asynchronous one may do. */
export const reduceData = (): GraphError =>
  new GraphError({
    code: 1,
    status: 500,
    message: "Please reduce the amount of data you're asking for, then retry your request",
  })

/**
 * https://developers.facebook.com/docs/marketing-api/insights/best-practices/#insights-call-limits : for both kinds of
 * requests.
 */
export const tooMuchData = { code: 100, subcode: 1487534 } as const

/** `minutes` until it goes on, as only the header says. */
export function throttled(code: number, account: string, minutes: number): GraphError {
  const type = code === 80000 ? 'ads_insights' : 'ads_management'
  const usage = [
    {
      type,
      call_count: 100,
      total_cputime: 25,
      total_time: 25,
      estimated_time_to_regain_access: minutes,
      ads_api_access_tier: 'standard_access',
    },
  ]
  return new GraphError({
    code,
    subcode: 2446079,
    message: `(#${code}) There have been too many calls from this ad-account. Wait a bit and try again.`,
    headers: { 'x-business-use-case-usage': JSON.stringify({ [account]: usage }) },
  })
}
