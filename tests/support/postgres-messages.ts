const notification = 0x41
/** Type, and length without the type. */
const headerBytes = 5

/**
 * Passes a server's answers on, without its NotificationResponse messages while `isDeaf`. Bytes come as the network cuts them: what is not
 * a whole message waits for its rest, so that a message is left out whole or not at all. For connections without TLS.
 */
export function withoutNotifications(isDeaf: () => boolean): (bytes: Buffer) => Buffer {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const passed: Buffer[] = []
    while (rest.length >= headerBytes) {
      const length = 1 + rest.readUInt32BE(1)
      if (rest.length < length) break
      if (!(isDeaf() && rest[0] === notification)) passed.push(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    return Buffer.concat(passed)
  }
}
