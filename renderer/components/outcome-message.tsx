import { Button, Stack } from '@mantine/core'
import { TimesInText } from './times-in-text.tsx'

export interface OutcomeMessageProps {
  readonly reasons: readonly string[]
  readonly undo: { readonly label: string; run(): void } | null
}

/** Why some of many were left out, and the way back for the others. */
export function OutcomeMessage({ reasons, undo }: OutcomeMessageProps) {
  return (
    <Stack gap="xs" align="flex-start">
      {reasons.map((reason) => (
        <bdi key={reason}>
          <TimesInText text={reason} />
        </bdi>
      ))}
      {undo !== null && (
        <Button variant="default" onClick={() => undo.run()}>
          {undo.label}
        </Button>
      )}
    </Stack>
  )
}
