import type { Ownership } from '../../shared/ownership.ts'
import { Name } from './untrusted.tsx'

/** Who answers for something and where it is written what to do; nothing where the catalog names neither. */
export function OwnershipLine({ of }: { of: Ownership | null | undefined }) {
  if (of === null || of === undefined || (of.owner === null && of.runbook === null)) return null
  return (
    <p aria-label="Who answers for it">
      {of.owner !== null && (
        <>
          <span className="pm-dim">Owner</span> <Name text={of.owner} />
        </>
      )}
      {of.owner !== null && of.runbook !== null && ' · '}
      {of.runbook !== null && <RunbookLink address={of.runbook} />}
    </p>
  )
}

/** `address` begins with https:// or http://: the agent gives out no other. */
export function RunbookLink({ address }: { address: string }) {
  return (
    <a className="pm-link" href={address} target="_blank" rel="noopener noreferrer nofollow" title={address}>
      Runbook
    </a>
  )
}
