import { Problem } from '../../shared/errors.ts'
import { readWorkforce } from '../console/jobs-workforce.ts'
import type { SettingsPlace } from '../organization-settings/world.ts'
import { listOrganizations, type Organization } from '../store/organizations.ts'
import { cliActor } from './actor.ts'
import { organizationNamed } from './lookup.ts'
import type { Session } from './session.ts'

/** The settings of the organization that is named, or of the only one. @throws Problem `not_found`, `ambiguous`, `invalid_input` */
export async function settingsPlaceOf(
  session: Session,
  organization: string | undefined,
): Promise<SettingsPlace & { readonly organization: Organization }> {
  const { database, context, settings, print } = session
  const found = organization === undefined ? await onlyOne(session) : await organizationNamed(database, organization)
  return {
    organization: found,
    database,
    actor: cliActor(context),
    organizationId: found.id,
    workforce: await readWorkforce({ ...session, clock: context.clock }),
    aliveSeconds: settings.leaseSeconds,
    onTrouble: (message) => print.note(message),
  }
}

async function onlyOne({ database }: Session): Promise<Organization> {
  const [only, ...others] = await listOrganizations(database)
  if (only !== undefined && others.length === 0) return only
  throw new Problem('invalid_input', 'Nothing says whose settings are meant.', {
    field: '--organization',
    fix:
      only === undefined
        ? 'There is no organization yet. Create one: pm organizations create <name>'
        : 'Name an organization with --organization. List them: pm organizations',
  })
}
