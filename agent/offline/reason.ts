import { describeError } from '../../shared/errors.ts'
import { sqliteCode } from './driver.ts'
import { NewerStore } from './schema.ts'

/** Why the store cannot be used, in whole sentences with what to do. Without paths: it is shown on pages. */
export function reasonOf(error: unknown): string {
  const said = describeError(error)
  if (error instanceof NewerStore) {
    return `The store on this device was written by a newer version of this program: ${said}. It is left as it is, and the agent works without it; start the newer version to use it.`
  }
  const code = sqliteCode(error) ?? fileSystemCode(error)
  const known = reasons.find(({ codes }) => codes.test(code))?.words
  const why = known === undefined ? `failed (${code}: ${said}).` : known
  return `The store on this device ${why} The agent works without it meanwhile.`
}

const reasons: readonly { readonly codes: RegExp; readonly words: string }[] = [
  { codes: /^SQLITE_(BUSY|LOCKED)/, words: 'is open in another process. Close that one.' },
  {
    codes: /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS)/,
    words: 'cannot be written. Make the file and its folder writable for this user.',
  },
  {
    codes: /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    words: 'has no room left, on its disk or within its limit. Make room on the disk.',
  },
  { codes: /^SQLITE_IOERR|^EIO/, words: 'cannot be read or written: the disk fails.' },
]

function fileSystemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
