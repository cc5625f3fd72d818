import { Tooltip } from '@mantine/core'
import {
  type FocusEvent,
  type HTMLAttributes,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useId,
  useState,
} from 'react'

/** As long as other tooltips wait, ms. */
const delayMs = 300

interface Near {
  readonly element: HTMLElement
  /** Wanted at once: the keyboard's focus has come, or a finger. */
  readonly isAtOnce: boolean
}

export interface Hint {
  /** For the element that has the hint. */
  readonly near: HTMLAttributes<HTMLElement>
  /** Beside that element. */
  readonly hint: ReactNode
}

export interface HintOptions {
  /** Px; absent = one line. */
  readonly width?: number
}

/**
 * A tooltip of which nothing is there until a pointer rests on its element or the keyboard's focus comes to it. Lists show hundreds of
 * them: those of a library, closed, took as long to draw as all else in a row.
 */
export function useHint(label: ReactNode, { width }: HintOptions = {}): Hint {
  const [near, setNear] = useState<Near | null>(null)
  const id = useId()
  const leave = (): void => setNear(null)
  const hint = near !== null && (
    <Late key={String(near.isAtOnce)} ms={near.isAtOnce ? 0 : delayMs}>
      <Tooltip
        target={near.element}
        opened
        label={<span id={id}>{label}</span>}
        {...(width === undefined ? {} : { multiline: true, maw: width, style: { whiteSpace: 'pre-wrap' } })}
      />
    </Late>
  )
  return {
    near: {
      'aria-describedby': near === null ? undefined : id,
      onPointerEnter: ({ currentTarget, pointerType }: PointerEvent<HTMLElement>) =>
        setNear({ element: currentTarget, isAtOnce: pointerType === 'touch' }),
      onPointerLeave: leave,
      onFocus: ({ currentTarget }: FocusEvent<HTMLElement>) => {
        if (currentTarget.matches(':focus-visible')) setNear({ element: currentTarget, isAtOnce: true })
      },
      onBlur: leave,
      onKeyDown: ({ key }: KeyboardEvent) => {
        if (key === 'Escape') leave()
      },
    },
    hint,
  }
}

function Late({ ms, children }: { ms: number; children: ReactNode }) {
  const [isDue, setIsDue] = useState(ms === 0)
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return isDue ? children : null
}
