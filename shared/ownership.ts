/** Who answers for a dataset, a job type or a page, and where it is written what to do when something is wrong with it. */

export interface Ownership {
  /** A team or a person, 1 to 100 characters, as the catalog has it; null = nobody is named. */
  readonly owner: string | null
  /** An address that begins with https:// or http://; null = none is named. */
  readonly runbook: string | null
}

export const nobodysOwn: Ownership = { owner: null, runbook: null }

export const longestOwner = 100
export const longestRunbook = 500

const page =
  /^https?:\/\/(?:[\p{L}\p{N}._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#][^\s<>"\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]*)?$/iu

/** Whether an address may stand behind a link: a page of the web, without a name or password in it, and nothing that a browser would run. */
export function isRunbook(text: string): boolean {
  return text.length <= longestRunbook && page.test(text)
}

/**
 * Of something that is wrong: what its dataset names, else what its job type names, each of the two by itself. Undefined: it is about none.
 */
export function ownershipOf(dataset: Ownership | undefined, jobType: Ownership | undefined): Ownership {
  return {
    owner: dataset?.owner ?? jobType?.owner ?? null,
    runbook: dataset?.runbook ?? jobType?.runbook ?? null,
  }
}

/** Of details that were stored, by whichever program: what is in no form that may be shown is left out. */
export function storedOwnership(details: unknown): Ownership {
  if (typeof details !== 'object' || details === null) return nobodysOwn
  const { owner, runbook } = details as { readonly owner?: unknown; readonly runbook?: unknown }
  return {
    owner: typeof owner === 'string' && owner !== '' ? owner.slice(0, longestOwner) : null,
    runbook: typeof runbook === 'string' && isRunbook(runbook) ? runbook : null,
  }
}

/** `Owner: Data platform. Runbook: https://…`; empty without either. */
export function ownershipWords({ owner, runbook }: Ownership): string {
  return [owner === null ? [] : `Owner: ${owner}.`, runbook === null ? [] : `Runbook: ${runbook}`].flat().join(' ')
}
