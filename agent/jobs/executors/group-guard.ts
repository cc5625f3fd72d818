import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'

/*
 * The promise: when the agent dies, however it dies, its commands die too. Otherwise the retried run would overlap them.
 *
 * Beside the agent stands a guard, a tiny process whose stdin is a pipe from the agent: `+12` on a line means that the process group 12
 * is to be guarded, `-12` that nothing of it runs any more. The kernel closes that pipe when the agent is gone; the guard reads the end
 * of it and kills what it guards. It is in no command's group, so that stopping one does not stop the guard, and not in the agent's, so
 * that Ctrl+C does not either. One guard for all commands, because starting a process costs an agent that uses 160 MB 6 ms of standing still.
 */
const script = `trap "" TERM INT HUP
groups=" "
while IFS= read -r line; do
  group=\${line#[+-]}
  case "$line$groups" in
    +*" $group "*) ;;
    +*) groups="$groups$group " ;;
    -*" $group "*) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`

/** Between two tries to start a guard while the machine has no room for one, ms. */
const nextTryMs = 1_000

interface Guard {
  readonly stdin: Socket
  /** It has ended, and the next one may be started. */
  readonly gone: Promise<void>
}

/** Not for Windows, which has no process groups and no such shell. */
export class GroupGuard {
  readonly #groups = new Set<number>()
  /** Never one that could not be started: who comes next tries anew. */
  #guard: Promise<Guard> | undefined
  #nextTry: NodeJS.Timeout | undefined

  /**
   * From when this resolves until what it returns is called, the group is killed when the agent is gone.
   * @throws the system's error (with `code`) when no guard can be started.
   */
  async watch(group: number): Promise<() => void> {
    this.#groups.add(group)
    try {
      await this.#tell(`+${group}`)
    } catch (error) {
      this.#groups.delete(group)
      throw error
    }
    return () => {
      this.#groups.delete(group)
      // A guard that cannot be told is gone, and the next one does not hear of this group.
      this.#tell(`-${group}`).catch(() => undefined)
    }
  }

  async #tell(line: string): Promise<void> {
    const guard = await this.#standing()
    try {
      await write(guard.stdin, line)
    } catch {
      await guard.gone
      await write((await this.#standing()).stdin, line)
    }
  }

  #standing(): Promise<Guard> {
    this.#guard ??= this.#start()
    return this.#guard
  }

  /** A guard that somebody ended is followed by another one; each hears of all groups first. */
  async #start(): Promise<Guard> {
    try {
      const guard = await startGuard(() => {
        this.#guard = undefined
        this.#keepGuarded()
      })
      for (const group of this.#groups) write(guard.stdin, `+${group}`).catch(() => undefined)
      return guard
    } catch (error) {
      this.#guard = undefined
      this.#tryLater()
      throw error
    }
  }

  /** Not at once: the next start would fail like this one, and the one after it, before anything else of the agent has its turn. */
  #tryLater(): void {
    if (this.#nextTry !== undefined) return
    this.#nextTry = setTimeout(() => {
      this.#nextTry = undefined
      this.#keepGuarded()
    }, nextTryMs).unref()
  }

  #keepGuarded(): void {
    if (this.#groups.size > 0) this.#standing().catch(() => undefined)
  }
}

/** `onGone` is called when it has ended; never when this throws. */
async function startGuard(onGone: () => void): Promise<Guard> {
  const child = spawn('/bin/sh', ['-c', script, 'guard'], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Before this there may be no pipe: Node makes none when the descriptors are used up.
  await once(child, 'spawn')
  child.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      onGone()
      resolve()
    })
  })
  const { stdin } = child
  if (!(stdin instanceof Socket)) throw new TypeError('The pipe to the guard is no socket.')
  stdin.on('error', () => undefined)
  // It stays for the commands to come, and keeps no agent from ending.
  child.unref()
  stdin.unref()
  return { stdin, gone }
}

function write(guard: Socket, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    guard.write(`${line}\n`, (error) => (error ? reject(error) : resolve()))
  })
}
