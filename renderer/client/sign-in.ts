/**
 * Signing in and out of the agent that serves this page: `/session`, beside the contract, because it is about the browser's cookie. A
 * desktop has no use for it.
 */

export type Credentials = { readonly code: string } | { readonly token: string }

/** What the agent says against the credentials, and what to do. */
export interface Refusal {
  readonly message: string
  readonly fix: string | null
}

/** Null = signed in: the browser has the session's cookie. */
export async function signIn(credentials: Credentials): Promise<Refusal | null> {
  try {
    const response = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    })
    return response.ok ? null : refusalOf(await response.json().catch(() => null), response.status)
  } catch {
    return { message: 'The agent does not answer.', fix: 'Check that it runs, and try again.' }
  }
}

/** @throws when the agent does not answer; the session then goes on. */
export async function signOut(): Promise<void> {
  const response = await fetch('/session', { method: 'DELETE' })
  if (!response.ok) throw new Error(`The agent answered ${response.status}.`)
}

/** The body of an error of any door: `{ message, data: { fix } }`. */
function refusalOf(body: unknown, status: number): Refusal {
  if (typeof body !== 'object' || body === null || !('message' in body) || typeof body.message !== 'string') {
    return { message: `The agent refused it (${status}).`, fix: null }
  }
  const data = 'data' in body && typeof body.data === 'object' && body.data !== null ? body.data : body
  return { message: body.message, fix: 'fix' in data && typeof data.fix === 'string' ? data.fix : null }
}

/** The one-time code of a start-up link, taken out of the address at once so that it stays in no history. */
export function takeLinkCode(): string | null {
  const code = /^#code=(.+)$/.exec(window.location.hash)?.[1] ?? null
  if (code !== null) {
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  }
  return code
}
