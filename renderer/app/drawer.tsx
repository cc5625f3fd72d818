import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconExternalLink, IconLink, IconX } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { focusPage } from '../components/list-focus.ts'
import { Details } from '../details/details.tsx'
import { linkTo } from './copy-link.ts'
import classes from './drawer.module.css'
import { permanentPath, useDrawer } from './places.ts'

const names = {
  run: 'Run',
  external: 'Run of another program',
  job: 'Job',
  dataset: 'Dataset',
  incident: 'Incident',
} as const

/** Details on the right; the list stays where it was, and usable. Escape closes it (app/shortcuts.ts), unless something in it is being typed. */
export function DetailsDrawer() {
  const { opened, close } = useDrawer()
  const panel = useRef<HTMLElement>(null)
  const cameFrom = useRef<Element | null>(null)
  const isOpen = opened !== null
  useEffect(() => {
    if (!isOpen) return
    cameFrom.current = document.activeElement
    panel.current?.focus()
    return () => {
      // Whoever has gone on to something else meanwhile stays there.
      if (document.activeElement !== document.body) return
      if (cameFrom.current instanceof HTMLElement && cameFrom.current.isConnected) cameFrom.current.focus()
      if (document.activeElement === document.body) focusPage()
    }
  }, [isOpen])
  if (opened === null) return null
  const path = permanentPath(opened)
  const link = linkTo(path)
  return (
    <aside
      ref={panel}
      className={classes['drawer']}
      aria-label={`${names[opened.kind]} details`}
      tabIndex={-1}
      data-drawer
    >
      <div className={classes['bar']}>
        <span className="pm-dim">{names[opened.kind]}</span>
        <span className={classes['spacer']} />
        {link !== null && (
          <CopyButton value={link}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? 'Copied' : 'Copy link'}>
                <ActionIcon aria-label="Copy link" onClick={copy}>
                  <IconLink size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        )}
        <Tooltip label="Open as a page">
          <ActionIcon aria-label="Open as a page" component={Link} href={path}>
            <IconExternalLink size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Close (Esc)">
          <ActionIcon aria-label="Close" onClick={close}>
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={classes['content']}>
        <Details opened={opened} />
      </div>
    </aside>
  )
}
