import { Button, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { ProductMark } from '../app/navigation/wordmark.tsx'
import { type Refusal, signIn } from '../client/sign-in.ts'
import classes from './sign-in.module.css'

/** Two ways in: a link made on the agent's machine, or a token. `refusal`: why the link that led here did not work. */
export function SignIn({ refusal, onSignedIn }: { refusal: Refusal | null; onSignedIn: () => void }) {
  const [token, setToken] = useState('')
  const [isPending, setIsPending] = useState(false)
  const [failure, setFailure] = useState<Refusal | null>(null)
  const submit = async (): Promise<void> => {
    setIsPending(true)
    const refused = await signIn({ token: token.trim() })
    setIsPending(false)
    setFailure(refused)
    if (refused === null) onSignedIn()
  }
  return (
    <main className={classes['page']}>
      <div className={classes['content']}>
        <ProductMark size={36} />
        <h1>Sign in to Pipeline Manager</h1>
        {refusal !== null && (
          <p role="alert" className={classes['refusal']}>
            {refusal.message} {refusal.fix}
          </p>
        )}
        <section aria-labelledby="sign-in-link">
          <h2 id="sign-in-link">With a link</h2>
          <p>On the machine of the agent, run this and open the link that it prints. It works once, for ten minutes.</p>
          <pre className={classes['command']}>npm run pm -- console</pre>
        </section>
        <form
          aria-labelledby="sign-in-token"
          onSubmit={(event) => {
            event.preventDefault()
            if (token.trim() !== '' && !isPending) void submit()
          }}
        >
          <h2 id="sign-in-token">With a token</h2>
          <p>From elsewhere. An administrator makes one with the command "pm token create".</p>
          <PasswordInput
            size="sm"
            label="Token"
            placeholder="pm_…"
            autoComplete="current-password"
            value={token}
            error={failure === null ? null : `${failure.message} ${failure.fix ?? ''}`}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the token', tabIndex: 0 }}
            onChange={(event) => {
              setToken(event.currentTarget.value)
              setFailure(null)
            }}
          />
          <Button type="submit" size="sm" mt="sm" loading={isPending} disabled={token.trim() === ''}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  )
}
