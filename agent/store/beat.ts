import type pg from 'pg'

/**
 * Asks the server for a sign of life. The protocol's Sync is answered without a transaction, a statement or a look at any table
 * (measured: pg_stat_database counts none), so it may be sent as often as one likes; an idle session counts as used.
 * Rejects when nothing comes back within `patienceMs`, or when the connection breaks.
 */
export function beat(client: pg.ClientBase, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query({
      query_timeout: patienceMs,
      // The driver puts its own timer around this, so it is called through the object.
      callback(error: Error | null): void {
        if (error === null) resolve()
        else reject(error)
      },
      submit: (connection: pg.Connection) => connection.sync(),
      handleReadyForQuery() {
        this.callback(null)
      },
      handleError(error: Error) {
        this.callback(error)
      },
    })
  })
}
