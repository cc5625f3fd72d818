import { createContext, type ReactNode, use, useEffect, useRef, useState, useSyncExternalStore } from 'react'

/** Something that can be done here and now, from the palette. */
export interface Command {
  /** Stable and unique among what is offered at the same time: `run-history.export-csv`. */
  readonly id: string
  /** A verb and what it does it to: "Export these runs as CSV". */
  readonly label: string
  /** The key that does the same, as it is shown: `x`, `g h`. */
  readonly keys?: string
  /** Why it cannot be done now; it is listed all the same. */
  readonly disabledReason?: string | null
  run(): void
}

class CommandList {
  #offers: readonly (readonly Command[])[] = []
  #all: readonly Command[] = []
  readonly #listeners = new Set<() => void>()

  offer(commands: readonly Command[]): () => void {
    this.#change([...this.#offers, commands])
    return () => this.#change(this.#offers.filter((one) => one !== commands))
  }

  readonly all = (): readonly Command[] => this.#all

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #change(offers: readonly (readonly Command[])[]): void {
    this.#offers = offers
    this.#all = offers.flat()
    for (const listener of this.#listeners) listener()
  }
}

const CommandsContext = createContext<CommandList | null>(null)

export function CommandsProvider({ children }: { children: ReactNode }) {
  const [list] = useState(() => new CommandList())
  return <CommandsContext value={list}>{children}</CommandsContext>
}

function useCommandList(): CommandList {
  const list = use(CommandsContext)
  if (list === null) throw new Error('Used outside of CommandsProvider.')
  return list
}

/**
 * Offers commands in the palette for as long as the calling component is shown. They may be new ones at each render: they are offered
 * anew only when something else is to be read, and do what the latest ones do.
 */
export function useCommands(commands: readonly Command[]): void {
  const list = useCommandList()
  const latest = useRef(commands)
  useEffect(() => {
    latest.current = commands
  })
  const read = JSON.stringify(commands)
  useEffect(() => {
    // Functions are left out by JSON; all else of a command is text.
    const shown = JSON.parse(read) as Omit<Command, 'run'>[]
    if (shown.length === 0) return undefined
    const run = (id: string): void => latest.current.find((one) => one.id === id)?.run()
    return list.offer(shown.map((command) => ({ ...command, run: () => run(command.id) })))
  }, [list, read])
}

/** Everything that pages and opened things offer now. */
export function useOfferedCommands(): readonly Command[] {
  const list = useCommandList()
  return useSyncExternalStore(list.subscribe, list.all)
}
