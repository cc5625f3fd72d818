/** A user name or password of a URL without its percent signs; as it is where it was not written with them. */
export function decodedUrlPart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
