/** Reads the text format of Prometheus as strictly as Prometheus does: every line has to be one that it takes. */

export interface ReadMetrics {
  readonly families: readonly string[]
  /** What the samples of a family have for a label, each once; empty when none has it. */
  labelValues(family: string, label: string): readonly string[]
  /** Of the sample with exactly these labels; null without one. */
  value(name: string, labels: Readonly<Record<string, string>>): number | null
}

const sampleShape = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const labelShape = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/** @throws Error for a line, a repetition or an order that Prometheus refuses. */
export function parseMetrics(text: string): ReadMetrics {
  if (!text.endsWith('\n')) throw new Error('The last line has no line feed.')
  const families: string[] = []
  const samples = new Map<string, number>()
  const seen: { readonly family: string; readonly labels: Record<string, string> }[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment !== null) {
      const [, word, name = '', rest = ''] = comment
      if (word === 'HELP') {
        if (families.includes(name)) throw new Error(`${name} is there twice.`)
        families.push(name)
      } else if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`No such type: ${line}`)
      continue
    }
    const [, name = '', labels = '', value = ''] = sampleShape.exec(line) ?? []
    if (name === '' || Number.isNaN(numberOf(value))) throw new Error(`Not a line of the format: ${line}`)
    const family = families.at(-1) ?? ''
    if (name !== family && !['_bucket', '_sum', '_count'].some((suffix) => name === `${family}${suffix}`)) {
      throw new Error(`A sample outside of its family: ${line}`)
    }
    const read = labelsOf(labels)
    seen.push({ family, labels: read })
    const key = keyOf(name, read)
    if (samples.has(key)) throw new Error(`A sample that is there twice: ${line}`)
    samples.set(key, numberOf(value))
  }
  return {
    families,
    labelValues: (family, label) => [
      ...new Set(seen.flatMap((one) => (one.family === family ? (one.labels[label] ?? []) : []))),
    ],
    value: (name, labels) => samples.get(keyOf(name, labels)) ?? null,
  }
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1))])
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let end = 0
  while (end < text.length) {
    labelShape.lastIndex = end
    const [all, name = '', value = ''] = labelShape.exec(text) ?? []
    if (all === undefined) throw new Error(`Not labels: ${text}`)
    labels[name] = value.replace(/\\(.)/g, (_whole, found: string) => (found === 'n' ? '\n' : found))
    end += all.length
  }
  return labels
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  // Go takes it in any case; prom-client writes "Nan".
  return /^nan$/i.test(text) ? Number.MAX_SAFE_INTEGER : Number(text)
}
