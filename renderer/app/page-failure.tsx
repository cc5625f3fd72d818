import { Button, CopyButton, Group } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import classes from './page-failure.module.css'

interface State {
  readonly error: Error | null
}

/** A page that breaks takes nothing else with it: the navigation, the header and the other pages go on. */
export class PageFailure extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    return error === null ? (
      this.props.children
    ) : (
      <Broken error={error} onRetry={() => this.setState({ error: null })} />
    )
  }
}

function Broken({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isOutdated = isMissingPart(error)
  return (
    <div className={classes['failure']} role="alert">
      <strong>{isOutdated ? 'The console has been updated' : 'This part of the console has broken'}</strong>
      <p>
        {isOutdated
          ? 'A part of the version that is open here is no longer there. Reload to go on with the new one.'
          : 'Nothing was changed by it, and the rest of the console still works. Try again; when it stays like this, the details help whoever looks into it.'}
      </p>
      <Group gap="xs">
        <Button onClick={() => window.location.reload()}>Reload</Button>
        {!isOutdated && (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        <CopyButton value={detailsOf(error)}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy details'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <pre className={classes['details']}>{error.message.slice(0, 1_000)}</pre>
    </div>
  )
}

/** What browsers say when a lazily loaded file is gone, as after an update of the agent. */
function isMissingPart({ message }: Error): boolean {
  return /dynamically imported module|Importing a module script failed|error loading dynamically/i.test(message)
}

function detailsOf(error: Error): string {
  return `${window.location.href}\n${window.navigator.userAgent}\n\n${error.stack ?? error.message}`
}
