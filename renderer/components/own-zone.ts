let known: string | null = null

/**
 * The IANA zone of this machine. The browser takes a tenth of a millisecond or more to say it and every instant on a page asks, so it is
 * asked once; a machine that has travelled meanwhile is one whose page was not looked at.
 */
export function ownZone(): string {
  if (known !== null) return known
  document.addEventListener('visibilitychange', forget, { once: true })
  known = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return known
}

function forget(): void {
  known = null
}
