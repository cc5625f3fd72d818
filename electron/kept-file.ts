import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { z } from 'zod'
import type { Clock } from '../shared/clock.ts'
import { describeError, Problem } from '../shared/errors.ts'

/** A folder that is none has no file to remove either. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // What is told is why it could not be written.
  }
}

export interface KeptFileOptions<Value> {
  readonly path: string
  readonly schema: z.ZodType<Value>
  readonly usual: Value
  readonly clock: Clock
  /** Told once, in a whole sentence, when what was there could not be read. */
  readonly onDamage: (message: string) => void
}

/**
 * A small file of one user, readable by that user alone. It is written beside itself and then renamed, so that it is whole or as it was;
 * what cannot be read is set aside, never overwritten.
 */
export class KeptFile<Value> {
  readonly #options: KeptFileOptions<Value>
  #value: Value

  constructor(options: KeptFileOptions<Value>) {
    this.#options = options
    this.#value = this.#read()
  }

  get value(): Value {
    return this.#value
  }

  /** @throws Problem `unavailable` when it cannot be written; then the file, and the value, are as they were. */
  write(value: Value): void {
    const { path } = this.#options
    const unfinished = `${path}.${randomUUID()}`
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true })
      renameSync(unfinished, path)
    } catch (error) {
      removeIfThere(unfinished)
      throw new Problem('unavailable', `The file ${path} cannot be written: ${describeError(error)}`, {
        fix: 'Make room on the disk, or make the folder writable. Nothing was changed.',
        cause: error,
      })
    }
    this.#value = value
  }

  #read(): Value {
    const { path, schema, usual } = this.#options
    if (!existsSync(path)) return usual
    try {
      return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch {
      this.#setAside()
      return usual
    }
  }

  #setAside(): void {
    const { path, clock, onDamage } = this.#options
    const aside = `${path}.corrupt-${clock.now().toISOString().replaceAll(':', '-')}`
    try {
      renameSync(path, aside)
      onDamage(`The file ${path} could not be read. It is kept as ${aside}, and what it said is as on a first start.`)
    } catch (error) {
      onDamage(`The file ${path} can neither be read nor set aside: ${describeError(error)}`)
    }
  }
}
