import type { FastifyInstance } from 'fastify'
import { Problem } from '../../shared/errors.ts'

/** Most bytes of a body, and how deep its values may be nested (bad input 19). */
export const bodyLimits = { bytes: 1024 * 1024, loginBytes: 1024, depth: 32 } as const

/**
 * JSON is the only body there is, so that no form of another site can send one. It is read here and not by the doors: with a limit,
 * not too deep for whoever walks through it, and without keys that would change prototypes (bad input 21).
 */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: bodyLimits.bytes },
    (request, text, done) => {
      // Fastify hands over a string, as asked for above.
      const json = text as string
      if (json.trim() === '') return done(null, {})
      if (isDeeperThan(json, bodyLimits.depth)) return done(tooDeep())
      return parse(request, json, done)
    },
  )
}

/** Counts brackets outside of strings: enough to know how deep JSON is, without reading it. */
export function isDeeperThan(json: string, limit: number): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at]
    if (isText) {
      if (letter === '\\') at += 1
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') depth -= 1
    if (depth > limit) return true
  }
  return false
}

function tooDeep(): Problem {
  return new Problem('invalid_input', `The body is nested more than ${bodyLimits.depth} levels deep.`, {
    field: 'body',
    fix: 'Make it flatter.',
  })
}
