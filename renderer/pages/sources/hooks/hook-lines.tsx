import { Button, CopyButton, Group } from '@mantine/core'
import forms from '../../../components/edit-form.module.css'
import { reportOrigin } from '../report-origin.ts'
import own from '../sources.module.css'
import type { ShownSecret } from './use-hooks.ts'

/** The secret, this once, and lines to copy for whoever sends. */
export function HookLines({ shown: { hook, secret }, onClose }: { shown: ShownSecret; onClose: () => void }) {
  const address = `${reportOrigin(window.location.origin)}${hook.path}`
  return (
    <section className={forms['form']} aria-label={`Secret of ${hook.name}`}>
      <p role="status">
        This is the secret of <bdi>{hook.name.slice(0, 200)}</bdi>. It is shown this once; a lost one is replaced by a
        new one.
      </p>
      <Group gap="xs">
        <code dir="ltr">{secret}</code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy the secret'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <div className={own['howTo']}>
        {hook.style === 'github' ? <GitHub address={address} /> : <Curl address={address} />}
      </div>
      <Button variant="default" onClick={onClose}>
        I have it
      </Button>
    </section>
  )
}

function Curl({ address }: { address: string }) {
  const lines = [
    `HOOK_URL=${address}`,
    'HOOK_SECRET=whsec_…',
    `id=msg_$(uuidgen); now=$(date +%s); body='{"days":2}'`,
    `key=$(printf %s "$HOOK_SECRET" | sed 's/^whsec_//' | base64 -d | od -An -vtx1 | tr -d ' \\n')`,
    'signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)',
    `curl -fsS -X POST "$HOOK_URL" -H 'Content-Type: application/json' -H "webhook-id: $id" \\`,
    '  -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" --data-binary "$body"',
  ]
  return (
    <>
      <p>
        Signed as Standard Webhooks has it, for which there are libraries in most languages; with nothing but a shell:
      </p>
      <pre tabIndex={0} role="region" aria-label="Lines for curl" dir="ltr">
        {lines.join('\n')}
      </pre>
    </>
  )
}

function GitHub({ address }: { address: string }) {
  const lines = [
    `Payload URL    ${address}`,
    'Content type   application/json',
    'Secret         the whole secret, with whsec_',
  ]
  return (
    <>
      <p>In the settings of the repository, under Webhooks, Add webhook:</p>
      <pre tabIndex={0} role="region" aria-label="Fields for GitHub" dir="ltr">
        {lines.join('\n')}
      </pre>
      <p>GitHub has to reach this agent. It signs neither a time nor an id, so the same body twice is one message.</p>
    </>
  )
}
