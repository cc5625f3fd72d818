import type { JsonObject, JsonValue } from '../../../shared/domain.ts'
import { secretForms } from './secret-forms.ts'
import { hasSecretName, hasShapedSecret, isSecretName, type Span, shapedSecrets } from './secret-shapes.ts'
import { withoutColours } from './terminal-text.ts'

/** What stands in a text where a secret was. */
export const maskText = '***'

/** A secret of a known shape is recognised when it starts this many characters before the end of what is looked at. */
export const shapeReach = 8_192

/**
 * Replaces secrets by value, in the encodings they turn up in, and by shape. A value added while a run is under way is masked
 * in everything written from then on; adding it again costs nothing. Values under 5 characters are not masked.
 */
export class SecretMasker {
  readonly #values = new Set<string>()
  #forms: string[] = []

  add(value: string): void {
    if (this.#values.has(value)) return
    this.#values.add(value)
    const forms = new Set([...this.#forms, ...secretForms(value)])
    this.#forms = [...forms].toSorted((one, other) => other.length - one.length)
  }

  /** How many characters beyond a cut have to be seen so that no secret starting before it is missed. */
  get reach(): number {
    return Math.max(shapeReach, this.#forms[0]?.length ?? 0)
  }

  mask(text: string): string {
    return this.maskUntil(text, text.length)
  }

  /** Masks with the whole text in view, then returns the part before `position`; a secret lying across it counts as inside. */
  maskUntil(text: string, position: number): string {
    const parts: string[] = []
    let done = 0
    for (const span of this.#spans(text)) {
      if (span.start >= position) break
      parts.push(text.slice(done, span.start), maskText)
      done = span.end
    }
    if (done < position) parts.push(text.slice(done, position))
    return parts.join('')
  }

  /** A JSON value with every string and every key masked. */
  maskJson<Value extends JsonValue>(value: Value): Value
  maskJson(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.mask(value)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map((item) => this.maskJson(item))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.mask(key), this.maskJson(item)]))
  }

  /** Sorted and merged. Looked for without colours: a highlighter may colour the middle of a token. */
  #spans(text: string): Span[] {
    const plain = withoutColours(text)
    const found = [...this.#known(plain.text), ...shapedSecrets(plain.text)]
    const placed = found.map(({ start, end }) => ({ start: plain.place(start), end: plain.place(end - 1) + 1 }))
    return merge(placed)
  }

  #known(text: string): Span[] {
    const spans: Span[] = []
    for (const form of this.#forms) {
      for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + 1)) {
        spans.push({ start, end: start + form.length })
      }
    }
    return spans
  }
}

const byShape = new SecretMasker()

/** A text of somebody who has no secrets of ours, without what looks like one. To be called before the text is cut. */
export function maskShaped(text: string): string {
  return byShape.mask(text)
}

/** The part before `position` of such a text; to be given `shapeReach` characters more. */
export function maskShapedUntil(text: string, position: number): string {
  return byShape.maskUntil(text, position)
}

/**
 * The same for all texts in a JSON value, and for all that is in what has the name of a secret. It is looked through as one text first: most
 * have nothing to mask, and one search costs less than one for each text.
 */
export function maskShapedJson<Value extends JsonValue>(value: Value): Value
export function maskShapedJson(value: JsonValue): JsonValue {
  const texts: string[] = []
  collectTexts(value, texts)
  // A line each, as they stand: as JSON, what is escaped hides where a secret begins and ends. So does a colour.
  const { text } = withoutColours(texts.join('\n'))
  return hasSecretName(JSON.stringify(value)) || hasShapedSecret(text) ? maskedJson(value) : value
}

function collectTexts(value: JsonValue, texts: string[]): void {
  if (typeof value === 'string') texts.push(value)
  else if (Array.isArray(value)) for (const item of value) collectTexts(item, texts)
  else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      texts.push(name)
      collectTexts(item, texts)
    }
  }
}

function maskedJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return maskShaped(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(maskedJson)
  const entries = Object.entries(value).map(([name, item]) => {
    return [maskShaped(name), isSecretName(name) ? maskedWhole(item) : maskedJson(item)]
  })
  return Object.fromEntries(entries) as JsonObject
}

/** Every text and number of what has the name of a secret; whether there is one (true, false, null) is none. */
function maskedWhole(value: JsonValue): JsonValue {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value !== 'object') return maskText
  if (Array.isArray(value)) return value.map(maskedWhole)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [maskShaped(name), maskedWhole(item)]))
}

function merge(spans: Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1)
    if (last === undefined || span.start > last.end) merged.push(span)
    else if (span.end > last.end) merged[merged.length - 1] = { start: last.start, end: span.end }
  }
  return merged
}
