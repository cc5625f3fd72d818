/** Loaded into the measured agent (`--import`): tells, when it is asked over IPC, how late its event loop was and what CPU it used. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface ProbeAnswer {
  /** Milliseconds that the event loop was late; what its own timer takes (1 ms) is in it. */
  readonly delayP99: number
  readonly delayMax: number
  /** Of the process since it began, ms. */
  readonly cpuMs: number
}

const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const answer: ProbeAnswer = {
    delayP99: delays.percentile(99) / 1e6,
    delayMax: delays.max / 1e6,
    cpuMs: (user + system) / 1_000,
  }
  delays.reset()
  process.send?.(answer)
})
// The agent ends when it wants to, not when we let go of it.
process.channel?.unref()
