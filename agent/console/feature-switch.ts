import { Problem } from '../../shared/errors.ts'
import type { DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { featureState, pipelineManagerFeature, setOrganizationFeature } from '../store/organization-features.ts'

export interface FeatureSwitch {
  readonly organizationId: string
  readonly feature: string
  readonly enabled: boolean
}

/**
 * Switches a section on or off for one organization, and records who did. False when it was so already.
 * @throws Problem `not_found` for a feature that does not exist.
 */
export async function switchFeature(
  database: DatabasePool,
  actor: Actor,
  { organizationId, feature, enabled }: FeatureSwitch,
): Promise<boolean> {
  if (feature !== pipelineManagerFeature) {
    throw new Problem('not_found', `There is no feature "${feature}".`, {
      field: 'feature',
      value: feature,
      fix: `Use ${pipelineManagerFeature}.`,
    })
  }
  return database.transaction(async (transaction) => {
    const before = await featureState(transaction, organizationId, feature)
    const change = { organizationId, feature, enabled, changedBy: actor.operator }
    if (!(await setOrganizationFeature(transaction, change))) return false
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: enabled ? 'feature.enable' : 'feature.disable',
      subjectType: 'organization',
      subjectId: organizationId,
      before: before === null ? null : { feature, enabled: before },
      after: { feature, enabled },
    })
    return true
  })
}
