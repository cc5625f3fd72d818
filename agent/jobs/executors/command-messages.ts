import { z } from 'zod'
import { type JsonObject, logLevels } from '../../../shared/domain.ts'
import type { StepContext, StepResult } from './executor.ts'
import { parseForeignJson, storableObject } from './json-text.ts'

/** Lines on stdout that speak to the agent (design §6). Unknown extra fields are ignored, so that the protocol can grow. */
const commandMessage = z.discriminatedUnion('pm', [
  z.object({ pm: z.literal('progress'), done: z.number().min(0), total: z.number().min(0).nullish() }),
  z.object({ pm: z.literal('records'), count: z.int().min(0) }),
  z.object({ pm: z.literal('metadata'), data: z.record(z.string(), z.json()) }),
  z.object({ pm: z.literal('log'), level: z.enum(logLevels).default('info'), message: z.string() }),
])
type CommandMessage = z.infer<typeof commandMessage>

const longestMetadata = 64 * 1024

/**
 * Takes the messages of one command. `records`: the last count wins, so a command may report its total as it grows.
 * `metadata`: merged, later keys win, 64 kB in all.
 */
export function createMessageReceiver(context: StepContext) {
  let recordsAffected: number | null = null
  let metadata: JsonObject = {}
  const warned = new Set<string>()
  const warnOnce = (message: string) => {
    if (!warned.has(message)) context.log.write('warn', message)
    warned.add(message)
  }
  const addMetadata = (data: JsonObject) => {
    const merged = { ...metadata, ...storableObject(data) }
    if (Buffer.byteLength(JSON.stringify(merged)) <= longestMetadata) metadata = merged
    else warnOnce(`metadata over ${longestMetadata} bytes is not kept`)
  }
  const takes: { [Kind in CommandMessage['pm']]: (message: Extract<CommandMessage, { pm: Kind }>) => void } = {
    progress: ({ done, total }) => context.progress(done, total ?? null),
    records: ({ count }) => {
      recordsAffected = count
    },
    metadata: ({ data }) => addMetadata(data),
    log: ({ level, message }) => context.log.write(level, message),
  }

  return {
    /** True when the line was a message; false when it is log text. */
    take(line: string): boolean {
      if (!line.includes('"pm"')) return false
      const value = parseForeignJson(line)
      if (typeof value !== 'object' || value === null || !('pm' in value)) return false
      const parsed = commandMessage.safeParse(value)
      if (!parsed.success) {
        warnOnce('a line with a "pm" key was not understood and is shown as it came')
        return false
      }
      // The map's entry for a kind takes exactly that kind; the compiler cannot follow the pair.
      const take = takes[parsed.data.pm] as (message: CommandMessage) => void
      take(parsed.data)
      return true
    },
    result: (): StepResult => ({ recordsAffected, metadata }),
  }
}

const newline = 0x0a
const openingBrace = 0x7b
const longestMessage = 64 * 1024

/**
 * Separates messages from log text without waiting for whole lines: only a line whose first character is `{` is held back, up
 * to 64 kB, until it is clear what it is.
 */
export function createMessageFilter(receiver: {
  /** One candidate line; false = it is log text. */
  take(line: string): boolean
  pass(bytes: Uint8Array): void
}) {
  let state: 'start' | 'text' | 'candidate' = 'start'
  let held: Uint8Array[] = []
  let heldBytes = 0

  const settle = (isMessage: boolean) => {
    if (!isMessage) for (const piece of held) receiver.pass(piece)
    held = []
    heldBytes = 0
  }
  const hold = (piece: Uint8Array) => {
    // A copy: the reader may reuse the memory of a chunk.
    held.push(Uint8Array.from(piece))
    heldBytes += piece.length
    if (heldBytes <= longestMessage) return
    settle(false)
    state = 'text'
  }
  const finishLine = () => {
    if (state === 'candidate') settle(receiver.take(Buffer.concat(held).toString('utf8').trim()))
    state = 'start'
  }

  return {
    chunk(bytes: Uint8Array): void {
      let from = 0
      while (from < bytes.length) {
        if (state === 'start') state = bytes[from] === openingBrace ? 'candidate' : 'text'
        const lineEnd = bytes.indexOf(newline, from)
        const end = lineEnd === -1 ? bytes.length : lineEnd + 1
        const piece = bytes.subarray(from, end)
        if (state === 'candidate') hold(piece)
        else receiver.pass(piece)
        if (lineEnd !== -1) finishLine()
        from = end
      }
    },
    end: finishLine,
  }
}
