/** The work of the browser tests, as a program of its own. argv: what to do. */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const tell = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`)
const parameters: unknown = JSON.parse(process.env['PM_PARAMETERS'] ?? '{}')
const numberOf = (name: string, usual: number): number => {
  const value: unknown = typeof parameters === 'object' && parameters !== null ? Reflect.get(parameters, name) : usual
  return typeof value === 'number' ? value : usual
}

const work: Record<string, () => Promise<void> | void> = {
  extract: () => {
    tell({ pm: 'progress', done: 1, total: 2 })
    process.stdout.write('\u001B[32mconnected\u001B[0m to the shop\n')
    tell({ pm: 'records', count: numberOf('days_back', 7) * 10 })
  },
  check: () => tell({ pm: 'records', count: 5 }),
  prepare: () => tell({ pm: 'log', level: 'info', message: 'prepared' }),
  /** Until a file named after the run exists: the test decides when. */
  wait: async () => {
    tell({ pm: 'progress', done: 3, total: 10 })
    while (!existsSync(`${process.env['TMPDIR'] ?? '/tmp'}/go-${process.env['PM_RUN_ID'] ?? ''}`)) await delay(50)
    tell({ pm: 'records', count: 10 })
  },
  /** Fails until a file named after the brand exists. */
  publish: () => {
    if (existsSync(`${process.env['TMPDIR'] ?? '/tmp'}/open-${process.env['PM_BRAND_ID'] ?? ''}`)) return
    process.stderr.write('The shop is closed\n')
    process.exitCode = 3
  },
  fail: () => {
    process.stderr.write('HTTP 429 at the image host\n')
    process.exitCode = 3
  },
  talk: () => {
    const lines = numberOf('lines', 100)
    for (let line = 1; line <= lines; line += 1) {
      process.stdout.write(`${line % 10 === 0 ? '\u001B[33mwarning\u001B[0m ' : ''}line ${line} of ${lines}\n`)
    }
  },
}

await work[process.argv[2] ?? '']?.()
