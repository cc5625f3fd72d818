import { userInfo } from 'node:os'

/** Who sits at this machine. A user without an entry in the password file has a number only. */
export function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
