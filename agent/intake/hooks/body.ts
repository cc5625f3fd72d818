import { z } from 'zod'
import type { JsonValue } from '../../../shared/domain.ts'
import { describeError, Problem } from '../../../shared/errors.ts'
import { bodyLimits, isDeeperThan } from '../../server/json-body.ts'

const json = z.json()

/** An empty body is an empty object. @throws Problem `invalid_input` */
export function parseBody(body: Uint8Array): JsonValue {
  const text = decoded(body)
  if (text.trim() === '') return {}
  if (isDeeperThan(text, bodyLimits.depth)) {
    throw bad(`The body is nested more than ${bodyLimits.depth} levels deep.`, 'Make it flatter.')
  }
  try {
    return json.parse(JSON.parse(text))
  } catch (error) {
    throw bad(`The body is not JSON: ${describeError(error).slice(0, 200)}`, 'Send one JSON document.')
  }
}

function decoded(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw bad('The body is not UTF-8.', 'Send JSON as UTF-8.')
  }
}

function bad(message: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field: 'body', fix })
}
