/** Hands a file to the reader's browser, which saves it the way it saves downloads. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken it over by the next turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(url), 0)
}
