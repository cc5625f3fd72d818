import { formatAge } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { hookStyles, isJsonPointer, type ParameterSource } from '../../../shared/hook-mapping.ts'
import { readWorkforce } from '../../console/jobs-workforce.ts'
import { changeHook, createHook, type HookChange } from '../../intake/hooks/change-hook.ts'
import { hookView } from '../../intake/hooks/hook-view.ts'
import { newHookSecret, sealSecret } from '../../intake/hooks/sealed-secret.ts'
import { openConsoleKey } from '../../server/console-folder.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listHooks, type StoredHook } from '../../store/hooks.ts'
import { cliActor } from '../actor.ts'
import { agentAddress } from '../agent-address.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { oneOf } from '../limits.ts'
import { brandNamed, oneNamed } from '../lookup.ts'
import { switchMarks } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import { parametersOf } from '../parameter-flags.ts'
import { type PlaceFlags, placeOf } from '../place-flags.ts'
import { withSession } from '../session.ts'

export interface NewHookFlags extends GlobalFlags {
  readonly brand: string
  readonly jobType: string
  readonly style: string
  readonly from?: readonly string[]
  readonly param?: readonly string[]
}

/** `pm hooks`: addresses at which other programs queue jobs; no secret. */
export async function showHooks(context: CliContext, flags: PlaceFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const hooks = await listHooks(database, await placeOf(database, flags))
    const now = await databaseNow(database)
    print.answer({ hooks: hooks.map(hookView) }, () => {
      if (hooks.length === 0) {
        return print.line('There is no hook yet. Add one: pm hooks create <name> --brand <name> --job-type <job type>')
      }
      print.table(
        [
          { title: 'state' },
          { title: 'hook', shrinksTo: 14 },
          { title: 'brand', shrinksTo: 10 },
          { title: 'queues', shrinksTo: 12 },
          { title: 'signed by' },
          { title: 'refused last', shrinksTo: 16 },
          { title: 'id' },
        ],
        hooks.map((hook) => [
          hook.enabled ? switchMarks.on : switchMarks.off,
          hook.name,
          hook.brandName,
          hook.jobType,
          hook.style,
          hook.refusedAt === null ? 'never' : `${formatAge(hook.refusedAt, now)}: ${hook.refusedBecause ?? ''}`,
          shortId(hook.id),
        ]),
      )
    })
  })
}

/** `pm hooks create <name> --brand --job-type`: address and secret are all that is written to stdout, as lines for a shell. */
export async function createHookOf(context: CliContext, name: string, flags: NewHookFlags): Promise<void> {
  const style = oneOf(hookStyles, flags.style, '--style')
  await withSession(context, flags, 'write', async (session) => {
    const { database, settings, print } = session
    const { id: brandId, organizationId } = await brandNamed(database, flags.brand)
    const workforce = await readWorkforce({ ...session, clock: context.clock })
    const fixed = Object.entries(parametersOf(workforce.catalog, flags.jobType, flags.param ?? []))
    const secret = newHookSecret()
    const { bytes } = await openConsoleKey(settings.dataDirectory)
    const hook = await createHook(database, cliActor(context), {
      organizationId,
      brandId,
      name,
      style,
      jobType: flags.jobType,
      mapping: Object.fromEntries<ParameterSource>([
        ...fixed.map(([parameter, value]) => [parameter, { value }] as const),
        ...pointersOf(flags.from ?? []),
      ]),
      enabled: true,
      sealedSecret: sealSecret(bytes, secret),
      workforce,
    })
    const view = hookView(hook)
    const url = `${await agentAddress(settings)}${view.path}`
    print.answer({ hook: view, url, secret }, () => {
      print.line(`HOOK_URL=${url}`)
      print.line(`HOOK_SECRET=${secret}`)
      print.note('This is the only time the secret is shown. The README has lines that sign with it.')
      print.note(`Agents with the data folder ${settings.dataDirectory} take what it signs.`)
    })
  })
}

/** `--from name=/pointer`. @throws Problem `invalid_input` */
function pointersOf(given: readonly string[]): [string, ParameterSource][] {
  return given.map((text) => {
    const split = text.indexOf('=')
    const pointer = text.slice(split + 1)
    if (split > 0 && isJsonPointer(pointer)) return [text.slice(0, split), { pointer }]
    throw new Problem('invalid_input', `--from "${text}" does not say where a parameter is in the message.`, {
      field: '--from',
      value: text,
      fix: 'Write --from name=/pointer, like --from days=/run/days.',
    })
  })
}

const changes = {
  pause: {
    action: 'hook.set',
    change: { enabled: false },
    words: (name: string) => `The hook ${name} is switched off; what is sent to it is refused.`,
  },
  resume: {
    action: 'hook.set',
    change: { enabled: true },
    words: (name: string) => `The hook ${name} is switched on.`,
  },
  remove: {
    action: 'hook.remove',
    change: { isRemoved: true },
    words: (name: string) => `The hook ${name} is removed.`,
  },
} as const satisfies Record<string, { action: string; change: Partial<HookChange>; words: (name: string) => string }>

/** `pm hooks pause|resume|remove <hook>`. */
export async function changeHookNamed(
  context: CliContext,
  verb: keyof typeof changes,
  text: string,
  flags: GlobalFlags,
): Promise<void> {
  const { action, change, words } = changes[verb]
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const hooks = await listHooks(database, { organizationId: null, brandId: null })
    const { id: hookId, organizationId } = oneNamed(hooks, text, kind)
    const place = { organizationId, hookId, action }
    const { hook, changed } = await changeHook(database, cliActor(context), place, () => change)
    const message = changed ? words(hook.name) : `The hook ${hook.name} is like this already.`
    print.answer({ changed, message, hook: hookView(hook) }, () => print.line(message))
  })
}

const kind = {
  kind: 'hook',
  field: 'hook',
  list: 'List them: pm hooks',
  describe: ({ name, brandName, id }: StoredHook) => `${name} of ${brandName} (${id})`,
}
