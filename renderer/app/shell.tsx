import { createContext, type ReactNode, use, useMemo, useState } from 'react'

/** What the frame itself can have open. */
export type Overlay = 'palette' | 'keys' | 'navigation'

interface Shell {
  readonly overlay: Overlay | null
  readonly show: (overlay: Overlay | null) => void
}

const ShellContext = createContext<Shell | null>(null)

/** At most one of the frame's own layers is open. */
export function ShellProvider({ children }: { children: ReactNode }) {
  const [overlay, show] = useState<Overlay | null>(null)
  const value = useMemo(() => ({ overlay, show }), [overlay])
  return <ShellContext value={value}>{children}</ShellContext>
}

export function useShell(): Shell {
  const shell = use(ShellContext)
  if (shell === null) throw new Error('Used outside of ShellProvider.')
  return shell
}
