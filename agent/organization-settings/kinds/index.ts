import type { SettingsSection } from '../../../shared/settings-document/sections.ts'
import { brands } from './brands.ts'
import { features } from './features.ts'
import type { SettingKind } from './kind.ts'
import { mutes } from './mutes.ts'
import { notifications } from './notifications.ts'
import { policies } from './policies.ts'
import { routes } from './routes.ts'
import { platformSchedules, schedules } from './schedules.ts'
import { triggers } from './triggers.ts'

/** Every section of a document; one that is added does not compile until it has its kind here. */
export const settingKinds: { readonly [Section in SettingsSection]: SettingKind<Section> } = {
  features,
  brands,
  schedules,
  platform_schedules: platformSchedules,
  policies,
  triggers,
  notifications,
  routes,
  mutes,
}
