import type { Command } from 'commander'

/**
 * What the word alone does, `pm brands`, is done by `pm brands list` as well, with the same options: the outer command takes them wherever they
 * stand. `show` is given the command whose options count and, without `list`, the first argument.
 */
export function withList(outer: Command, show: (command: Command, first?: string) => Promise<void>): Command {
  outer.action(async (first: unknown) => show(outer, typeof first === 'string' ? first : undefined))
  outer
    .command('list', { hidden: true })
    .description(`the same as ${outer.name()} alone`)
    .action(async (_flags, list: Command) => show(list))
  return outer
}
