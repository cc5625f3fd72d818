/** Whole numbers as bytes, most significant first. */
export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Bits, most significant first. */
export class BitWriter {
  readonly #bytes: number[] = []
  #current = 0
  #filled = 0

  put(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit -= 1) {
      this.#current = (this.#current << 1) | ((value >>> bit) & 1)
      this.#filled += 1
      if (this.#filled === 8) this.#next()
    }
  }

  /** Fills the byte that was begun with `fill` (0 or 1); nothing when none was. */
  align(fill: 0 | 1): void {
    while (this.#filled > 0) this.put(fill, 1)
  }

  /** Whole bytes; only when aligned. */
  append(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte)
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }

  #next(): void {
    this.#bytes.push(this.#current)
    this.#current = 0
    this.#filled = 0
  }
}
