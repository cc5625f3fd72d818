import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import type { JsonValue } from '../../shared/domain.ts'
import classes from './json-view.module.css'

/** Characters shown; the whole text can be copied. */
const mostShown = 100_000

/** JSON as indented text that can be selected and copied. Only ever text: nothing in it acts. */
export function JsonView({ value, label }: { value: JsonValue; label: string }) {
  const text = JSON.stringify(value, null, 2)
  return (
    <div className={classes['json']}>
      <pre tabIndex={0} role="region" aria-label={label} dir="ltr">
        {text.length > mostShown ? `${text.slice(0, mostShown)}\n… ${text.length - mostShown} characters more` : text}
      </pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy: ${label}`}>
            <ActionIcon className={classes['copy'] ?? ''} aria-label={`Copy: ${label}`} onClick={copy}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  )
}
