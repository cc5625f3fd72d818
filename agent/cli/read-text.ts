import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { describeError, Problem } from '../../shared/errors.ts'
import type { CliContext } from './context.ts'

/**
 * The text of a file, or of stdin for `-`; no more than `mostBytes` are read.
 * @throws Problem `invalid_input` for what cannot be read, is longer, or is no UTF-8.
 */
export async function readText({ stdin }: Pick<CliContext, 'stdin'>, file: string, mostBytes: number): Promise<string> {
  const name = file === '-' ? 'stdin' : file
  const bytes = await gathered(file === '-' ? stdin : createReadStream(file), name, mostBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unreadable(name, 'it is not UTF-8', 'Save it as UTF-8.')
  }
}

async function gathered(source: AsyncIterable<Buffer | string>, name: string, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of source) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      size += bytes.length
      if (size > mostBytes) throw tooLong(name, mostBytes)
      chunks.push(bytes)
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw unreadable(name, describeError(error), 'Give the path of a file, or "-" for stdin.')
  }
  return Buffer.concat(chunks)
}

function tooLong(name: string, mostBytes: number): Problem {
  const fix = 'Split it: pm export --brand or --only writes a part of the settings.'
  return unreadable(name, `it is longer than ${mostBytes} bytes`, fix)
}

function unreadable(name: string, why: string, fix: string): Problem {
  return new Problem('invalid_input', `${name} cannot be read: ${why}.`, { field: 'file', value: name, fix })
}
