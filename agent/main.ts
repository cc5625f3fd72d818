#!/usr/bin/env node
/** The command line of Pipeline Manager: `npm run pm -- <command>`. */
import { isatty } from 'node:tty'
import { systemClock } from '../shared/clock.ts'
import { operatorName } from './application/operator-name.ts'
import type { CliContext } from './cli/context.ts'
import { runCli } from './cli/run-cli.ts'
import { processEnvironment } from './config.ts'

function thisProcess(): CliContext {
  const { stdout, stderr } = process
  const outputClosed = new AbortController()
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => closedPipe(error, outputClosed))
  return {
    stdout,
    stderr,
    stdin: process.stdin,
    environment: processEnvironment(),
    clock: systemClock,
    isTty: isatty(stdout.fd),
    operator: operatorName(),
    outputClosed: outputClosed.signal,
    setExitCode: (code) => {
      process.exitCode = code
    },
  }
}

/** What is written after this goes nowhere; long commands end themselves. */
function closedPipe(error: NodeJS.ErrnoException, outputClosed: AbortController): void {
  if (error.code !== 'EPIPE') throw error
  outputClosed.abort()
}

await runCli(process.argv.slice(2), thisProcess())
