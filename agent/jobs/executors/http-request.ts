import { z } from 'zod'
import { renderJson, renderTemplate, type TemplateScope } from '../template.ts'
import { StepFailure } from './executor.ts'

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .refine(
    (name) => !/^(?:host|connection|content-length|transfer-encoding|upgrade)$/i.test(name),
    'is set by the agent',
  )

const status = z.int().min(100).max(599)

/**
 * `run: { http: {…} }`. Scheme, host and port are fixed; templates are allowed in path, query, header values and body.
 * `timeout_seconds` is for one try, of which there are up to three. `records` points (RFC 6901) to a number, or to a list
 * whose items are counted, in the JSON answer.
 */
export const httpSpec = z.strictObject({
  http: z.strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
    url: z.string().refine(isFixedOrigin, 'must be http:// or https:// with a fixed host and without a user name'),
    headers: z.record(headerName, z.string()).optional(),
    body: z.json().optional(),
    credential: z.string().min(1).optional(),
    expect_status: z.union([status, z.array(status).min(1)]).optional(),
    timeout_seconds: z.number().positive().max(3_600).default(30),
    records: z
      .string()
      .regex(/^(?:\/.*)?$/, 'must be a JSON pointer like /data/count')
      .optional(),
  }),
})
export type HttpSpec = z.infer<typeof httpSpec>

/** A request with everything filled in, the credential aside. */
export interface PreparedRequest {
  readonly method: HttpSpec['http']['method']
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

function isFixedOrigin(written: string): boolean {
  const authority = /^https?:\/\/([^/?#\\]+)/i.exec(written)?.[1]
  if (authority === undefined || /[{}@\s]/.test(authority)) return false
  return URL.canParse(written)
}

/**
 * Fills the templates in. Values in the URL are percent-encoded and cannot leave their place in it.
 * @throws StepFailure `invalid_parameters` for a value that would change the path or add a header; `configuration` for an unknown path.
 */
export function prepareRequest(spec: HttpSpec, scope: TemplateScope): PreparedRequest {
  const { method, url, headers = {}, body } = spec.http
  const rendered: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) rendered[name.toLowerCase()] = renderHeader(name, value, scope)
  return {
    method,
    url: renderUrl(url, scope),
    headers: {
      accept: 'application/json, */*;q=0.5',
      'user-agent': 'pipeline-manager',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...rendered,
    },
    body: body === undefined ? null : JSON.stringify(renderJson(body, scope)),
  }
}

const dotSegment = /\/(?:\.|%2e){1,2}(?=[/?#]|$)/i

function renderUrl(written: string, scope: TemplateScope): URL {
  const rendered = renderTemplate(written, scope, (value) => encodeURIComponent(value.toWellFormed()))
  if (dotSegment.test(rendered) && !dotSegment.test(written)) {
    throw new StepFailure(
      'invalid_parameters',
      `a value in the path of ${written} is "." or ".." and would lead elsewhere`,
    )
  }
  return new URL(rendered)
}

function renderHeader(name: string, written: string, scope: TemplateScope): string {
  const value = renderTemplate(written, scope)
  if (!/^[\t\x20-\x7e\u0080-\u00ff]*$/.test(value)) {
    throw new StepFailure('invalid_parameters', `header ${name} got a value with characters a header cannot carry`)
  }
  return value
}

/** For logs and messages: what a query string holds is nobody's business. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}
