const notification = 'A'
/** Type, and length without the type. */
const headerBytes = 5

/** Bytes come as the network cuts them: returns the messages that have become whole, and keeps what is not. For connections without TLS. */
export function wholeMessages(): (bytes: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const whole: Buffer[] = []
    while (rest.length >= headerBytes) {
      const length = 1 + rest.readUInt32BE(1)
      if (rest.length < length) break
      whole.push(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    return whole
  }
}

export function typeOf(message: Buffer): string {
  return message.toString('latin1', 0, 1)
}

export function messageOf(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.write(type, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

/** Passes a server's answers on, without its NotificationResponse messages while `isDeaf`: a message is left out whole or not at all. */
export function withoutNotifications(isDeaf: () => boolean): (bytes: Buffer) => Buffer {
  const whole = wholeMessages()
  return (bytes) => Buffer.concat(whole(bytes).filter((message) => !(isDeaf() && typeOf(message) === notification)))
}
