import { linkOfPlace } from '../../shared/links.ts'
import { notifyDone } from '../components/notify.ts'
import { type Opened, permanentPath } from './places.ts'

/**
 * The address of a place for somebody else: in a browser the console's. The desktop's own (`app://console`) is an address for nobody else, so there
 * it is a link that opens a desktop; null where none leads.
 */
export function linkTo(path: string, origin = window.location.origin): string | null {
  return /^https?:/.test(origin) ? `${origin}${path}` : linkOfPlace(path)
}

const noLink = 'There is no link to this from a desktop. Open a run, a job, a dataset or an incident and copy its link.'

/** Copies the address of a place and says so; where that is not possible it says the address. */
export function copyLink(path: string): void {
  const link = linkTo(path)
  if (link === null) return notifyDone(noLink)
  void copied(link).then((isCopied) => notifyDone(isCopied ? 'Copied the link.' : `The link: ${link}`))
}

export function copyLinkTo(opened: Opened): void {
  copyLink(permanentPath(opened))
}

/** Browsers give the clipboard only to safe origins. */
async function copied(text: string): Promise<boolean> {
  try {
    await window.navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
