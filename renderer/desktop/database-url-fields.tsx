import { Button, PasswordInput, Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import type { Protection } from '../../shared/desktop/contract.ts'
import { failureOf } from '../client/queries.ts'
import classes from './desktop.module.css'
import type { DesktopAround } from './desktop-context.tsx'
import type { ChangeDraft, Draft } from './device-form.tsx'

/** Total: every way of keeping secrets says what it is worth. */
const protectionWords: Readonly<Record<Protection, string>> = {
  system: 'Encrypted with the keyring of this system. The console cannot read it back.',
  none: 'This system has no keyring: whoever can read the files of this user can then read the password.',
  unavailable: 'This system keeps no secrets now. Unlock its keyring, or keep the URL for this session only.',
}

interface Props {
  readonly draft: Draft
  readonly change: ChangeDraft
  readonly desktop: DesktopAround
}

/** A URL that goes in and never comes out, and what its server says. */
export function DatabaseUrlFields({ draft, change, desktop }: Props) {
  const { status } = desktop
  return (
    <Stack gap={12} mt={12} className={classes['nested']}>
      <PasswordInput
        label="URL"
        description={
          status.hasDatabaseUrl
            ? 'One is kept already; leave this empty to go on with it.'
            : 'With ?sslmode=verify-full the server’s certificate and name are checked: the right choice for any server on a network.'
        }
        placeholder="postgresql://user:password@db.example.com/ops?sslmode=verify-full"
        autoComplete="off"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the URL', tabIndex: 0 }}
        value={draft.url}
        onChange={(event) => {
          const url = event.currentTarget.value
          change((before) => ({ ...before, url }))
        }}
      />
      <TestConnection url={draft.url.trim()} desktop={desktop} />
      <Radio.Group
        label="Keep the URL"
        value={draft.keep}
        onChange={(value) => change((before) => ({ ...before, keep: value === 'session' ? 'session' : 'stored' }))}
      >
        <Stack gap={8} mt={8}>
          <Radio
            value="stored"
            label="On this device"
            description={protectionWords[status.protection]}
            disabled={status.protection === 'unavailable'}
          />
          <Radio value="session" label="Until the program ends" description="It is asked for at the next start." />
        </Stack>
      </Radio.Group>
    </Stack>
  )
}

interface Tested {
  readonly url: string
  readonly ok: boolean
  readonly words: readonly string[]
}

function TestConnection({ url, desktop: { client } }: { url: string; desktop: DesktopAround }) {
  const [isPending, setIsPending] = useState(false)
  const [tested, setTested] = useState<Tested | null>(null)
  const test = async (): Promise<void> => {
    setIsPending(true)
    setTested(await ask())
    setIsPending(false)
  }
  const ask = async (): Promise<Tested> => {
    try {
      const answer = await client.testDatabase({ url })
      if (!answer.ok) return { url, ok: false, words: [answer.problem.message, answer.problem.fix ?? ''] }
      return {
        url,
        ok: true,
        words: [`PostgreSQL ${answer.serverVersion} answers at ${answer.place}.`, ...answer.notes],
      }
    } catch (thrown) {
      return { url, ok: false, words: [failureOf(thrown).message] }
    }
  }
  // What was said about another URL is not true of this one.
  const shown = tested?.url === url ? tested : null
  return (
    <div>
      <Button variant="default" disabled={url === ''} loading={isPending} onClick={() => void test()}>
        Test connection
      </Button>
      <div aria-live="polite">
        {shown !== null && (
          <p className={shown.ok ? classes['good'] : classes['problem']}>
            {shown.ok ? '✔ ' : '✘ '}
            {shown.words.join(' ')}
          </p>
        )}
      </div>
    </div>
  )
}
