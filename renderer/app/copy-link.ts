import { notifyDone } from '../components/notify.ts'
import { type Opened, permanentPath } from './places.ts'

/** Copies an address and says so; where that is not possible it says the address. */
export function copyLink(link: string): void {
  void copied(link).then((isCopied) => notifyDone(isCopied ? 'Copied the link.' : `The link: ${link}`))
}

export function copyLinkTo(opened: Opened): void {
  copyLink(`${window.location.origin}${permanentPath(opened)}`)
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
