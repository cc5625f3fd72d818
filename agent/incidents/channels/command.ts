import path from 'node:path'
import { z } from 'zod'
import { describeError } from '../../../shared/errors.ts'
import {
  checkCommand,
  commandSpec,
  configurationStatuses,
  defaultGraceMs,
  describeExit,
  fixedText,
  isPassing,
} from '../../jobs/executors/command.ts'
import { passedEnvironment } from '../../jobs/executors/command-environment.ts'
import { followToEnd, watchOutput } from '../../jobs/executors/follow-process.ts'
import { type GuardedProcess, startGuarded } from '../../jobs/executors/guarded-process.ts'
import { createLastLine } from '../../jobs/executors/last-line.ts'
import { type Channel, type ChannelPlace, type Delivery, DeliveryFailure } from './channel.ts'
import { requiredSecret, unusable } from './channel-secrets.ts'
import { payloadOf } from './payload.ts'

/** `{ command: [program, …arguments], cwd, env, timeout_seconds }`: as a step's, and nothing of it is a template. */
export const commandChannelSpec = commandSpec.extend({
  command: z.tuple([fixedText.min(1)], fixedText),
  timeout_seconds: z.number().positive().max(300).default(30),
})
export type CommandChannelSpec = z.infer<typeof commandChannelSpec>

/**
 * Runs a program of this machine, without a shell, with the message as JSON on its standard input; what it says last is its answer.
 * Exit status 0 has told it; 78, 126 and 127 say that a person has to change something; any other is worth another try.
 */
export function openCommand(spec: CommandChannelSpec, place: ChannelPlace): Channel {
  const { environment, baseDirectory } = place
  const [program, ...rest] = spec.command
  const check = checkCommand(spec, { environment, baseDirectory })
  if (!check.ok) throw unusable('command', program, check.problem, 'Correct it in the catalog, or install it.')
  for (const name of spec.env ?? []) requiredSecret(place, 'env', name)
  return {
    type: 'command',
    timeoutMs: spec.timeout_seconds * 1_000,
    deliver: async (delivery, signal) => {
      const started = await startGuarded({
        file: check.file,
        directory: check.directory,
        arguments: rest,
        environment: { ...passedEnvironment(spec.env ?? [], environment, place.secret), ...variables(delivery) },
        input: payloadOf(delivery),
      }).catch((error: unknown) => {
        const message = `${program} did not start: ${describeError(error)}`
        throw new DeliveryFailure(message, { isWorthAnotherTry: isPassing(error) })
      })
      return follow(path.basename(program), started, signal)
    },
  }
}

function variables({ id, message }: Delivery): Record<string, string> {
  return { PM_NOTIFICATION_ID: id, PM_NOTIFICATION_TYPE: message.type }
}

async function follow(program: string, started: GuardedProcess, signal: AbortSignal): Promise<string> {
  const lastLine = createLastLine()
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (bytes: Uint8Array) => lastLine.chunk(bytes))
  const outputEnded = watchOutput(started)
  try {
    const { exit, stopped } = await followToEnd(started, signal, defaultGraceMs)
    await outputEnded()
    if (stopped) signal.throwIfAborted()
    const said = [`${program} ${describeExit(exit)}`, lastLine.text()].filter((part) => part !== undefined).join(': ')
    if (exit.code === 0) return said
    const isWorthAnotherTry = exit.code === null || !configurationStatuses.has(exit.code)
    throw new DeliveryFailure(`${program} ${describeExit(exit)}.`, { isWorthAnotherTry, answer: said })
  } finally {
    await started.release()
  }
}
