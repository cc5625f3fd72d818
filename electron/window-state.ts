import { z } from 'zod'

const bounds = z.object({ x: z.number().int(), y: z.number().int(), width: z.number().int(), height: z.number().int() })
type Bounds = z.infer<typeof bounds>

export const windowState = z.strictObject({ bounds: bounds.nullable(), isMaximized: z.boolean() })
export type WindowState = z.infer<typeof windowState>

export const usualState: WindowState = { bounds: null, isMaximized: false }

const usualSize = { width: 1280, height: 840 }
/** The console works from 390 pixels on. */
export const smallestSize = { width: 390, height: 480 }
/** Of the title, which has to be reachable, pixels. */
const reachable = 80

/** Where the window was, when that is still on a screen; otherwise the usual size, wherever the system puts it. */
export function boundsFor(state: WindowState, screens: readonly Bounds[]): Partial<Bounds> {
  const wanted = state.bounds
  if (wanted === null || !screens.some((screen) => isReachable(wanted, screen))) return usualSize
  return {
    ...wanted,
    width: Math.max(wanted.width, smallestSize.width),
    height: Math.max(wanted.height, smallestSize.height),
  }
}

function isReachable(window: Bounds, screen: Bounds): boolean {
  const shared = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x)
  return shared >= reachable && window.y >= screen.y && window.y <= screen.y + screen.height - reachable
}
