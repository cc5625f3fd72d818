import { type FocusEventHandler, type RefCallback, useCallback, useRef } from 'react'

export interface KeptFocus {
  readonly ref: RefCallback<HTMLElement>
  readonly onFocus: FocusEventHandler
  readonly onBlur: FocusEventHandler
}

/**
 * For a section whose parts go away with the focus in them, as a row does that is removed and a form that is closed: its heading has the
 * focus then, unless something else took it. What was only switched off for a moment has it again.
 */
export function useKeptFocus(): KeptFocus {
  const focused = useRef<HTMLElement | null>(null)
  const ref = useCallback((section: HTMLElement | null) => {
    if (section === null) return undefined
    const observer = new MutationObserver(() => {
      const had = focused.current
      if (had === null || document.activeElement !== document.body) return
      if (!had.isConnected) focusHeading(section)
      else if (!had.matches(':disabled')) had.focus({ preventScroll: true })
    })
    observer.observe(section, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] })
    return () => observer.disconnect()
  }, [])
  return {
    ref,
    onFocus: ({ target, currentTarget }) => {
      focused.current = target instanceof HTMLElement && currentTarget.contains(target) ? target : null
    },
    // React tells of those that leave, not of what is taken away with the focus in it; of what is switched off the browser does.
    onBlur: ({ target }) => {
      if (!target.matches(':disabled')) focused.current = null
    },
  }
}

function focusHeading(section: HTMLElement): void {
  const heading = section.querySelector('h2')
  if (heading === null) return
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
}
