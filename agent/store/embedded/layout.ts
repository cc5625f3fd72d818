import { join } from 'node:path'

/** Where everything of the embedded server lives below the data directory. */
export interface Layout {
  readonly root: string
  /** The cluster; belongs to the server's own OS user. */
  readonly data: string
  /** Start of the names of clusters in the making. One becomes `data` by a rename, so `data` is always whole. */
  readonly unfinishedPrefix: string
  readonly log: string
  /** Port and password, readable by the owner only. */
  readonly settings: string
  readonly passwordFile: string
  readonly users: string
  readonly lock: string
}

export function layoutOf(dataDirectory: string): Layout {
  const root = join(dataDirectory, 'postgres')
  return {
    root,
    data: join(root, 'data'),
    unfinishedPrefix: 'data.unfinished-',
    log: join(root, 'server.log'),
    settings: join(root, 'server.json'),
    passwordFile: join(root, 'initial-password'),
    users: join(root, 'users'),
    lock: join(root, 'lock'),
  }
}
