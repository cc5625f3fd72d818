/** Kinds of files that ads show, told by how they begin, whatever a server calls them. */
export interface MediaType {
  readonly contentType: string
  readonly extension: string
}

/** So many bytes are enough to tell. */
export const telltaleBytes = 32

const types: readonly (MediaType & {
  readonly kind: 'image' | 'video'
  readonly begins: (bytes: Buffer) => boolean
})[] = [
  {
    kind: 'image',
    contentType: 'image/png',
    extension: 'png',
    begins: (bytes) => hasAt(bytes, 0, '\x89PNG\r\n\x1a\n'),
  },
  { kind: 'image', contentType: 'image/jpeg', extension: 'jpg', begins: (bytes) => hasAt(bytes, 0, '\xff\xd8\xff') },
  { kind: 'image', contentType: 'image/gif', extension: 'gif', begins: (bytes) => hasAt(bytes, 0, 'GIF8') },
  {
    kind: 'image',
    contentType: 'image/webp',
    extension: 'webp',
    begins: (bytes) => hasAt(bytes, 0, 'RIFF') && hasAt(bytes, 8, 'WEBP'),
  },
  {
    kind: 'image',
    contentType: 'image/avif',
    extension: 'avif',
    begins: (bytes) => hasAt(bytes, 4, 'ftypavif'),
  },
  {
    kind: 'video',
    contentType: 'video/quicktime',
    extension: 'mov',
    begins: (bytes) => hasAt(bytes, 4, 'ftypqt  '),
  },
  // ISO/IEC 14496-12 §4.3: a box "ftyp" with a brand of its own; whatever is none of the above is a film.
  { kind: 'video', contentType: 'video/mp4', extension: 'mp4', begins: (bytes) => hasAt(bytes, 4, 'ftyp') },
  {
    kind: 'video',
    contentType: 'video/webm',
    extension: 'webm',
    begins: (bytes) => hasAt(bytes, 0, '\x1a\x45\xdf\xa3'),
  },
]

/** Null = a file of another kind. */
export function mediaTypeOf(kind: 'image' | 'video', start: Buffer): MediaType | null {
  const found = types.find(({ begins }) => begins(start))
  return found?.kind === kind ? { contentType: found.contentType, extension: found.extension } : null
}

function hasAt(bytes: Buffer, offset: number, text: string): boolean {
  return bytes.subarray(offset, offset + text.length).equals(Buffer.from(text, 'latin1'))
}
