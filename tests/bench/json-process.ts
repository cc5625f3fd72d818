import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface JsonProcess {
  readonly pid: number
  /** The first line it wrote that was asked for. */
  readonly first: Record<string, unknown>
  stop(): Promise<void>
}

/** A program of ours that writes JSON in lines; it is there when it has written one that `isWanted`. @throws when it ends before. */
export async function startJson(
  args: readonly string[],
  environment: Record<string, string> = {},
  isWanted: (line: Record<string, unknown>) => boolean = () => true,
): Promise<JsonProcess> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PIPELINE_MANAGER_')))
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...env, ...environment } })
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  const lines = createInterface({ input: child.stdout })
  for await (const text of lines) {
    const line = JSON.parse(text) as Record<string, unknown>
    if (!isWanted(line)) continue
    child.stdout.resume()
    return { pid: child.pid ?? 0, first: line, stop }
  }
  await exited
  throw new Error(`${args.join(' ')} ended before it was there.`)
}
