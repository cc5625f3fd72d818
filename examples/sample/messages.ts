/** Lines that speak to the agent (design §6): JSON objects with a `pm` key, one for each line of stdout. */
export function say(message: { readonly pm: string; readonly [field: string]: unknown }): void {
  console.log(JSON.stringify(message))
}

/** The folder given on the command line. */
export function folderArgument(): string {
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--'))
  if (folder === undefined) throw new Error(`Usage: node ${process.argv[1]} <folder>`)
  return folder
}

/** The exit status that means "no attempt will help until a person changes something" (EX_CONFIG of sysexits.h). */
export const needsAPerson = 78
