/** What a document of settings may have, in the order in which it is written and applied. */
export const settingsSections = [
  'features',
  'brands',
  'schedules',
  'platform_schedules',
  'policies',
  'triggers',
  'notifications',
  'routes',
  'mutes',
] as const
export type SettingsSection = (typeof settingsSections)[number]

interface SectionRules {
  /** What one entry is called. */
  readonly word: string
  /** The fields that say which thing it is; all others can be changed. */
  readonly identity: readonly string[]
  /** Whether `prune` takes away what a document does not name. */
  readonly isPruned: boolean
  /** The field that names a brand; null = its entries are of the organization. */
  readonly brandField: string | null
}

/** Brands are never removed: whoever means it archives them. What is switched on or watched is always there. */
export const sectionRules = {
  features: { word: 'feature', identity: ['feature'], isPruned: false, brandField: null },
  brands: { word: 'brand', identity: ['name'], isPruned: false, brandField: 'name' },
  schedules: { word: 'schedule', identity: ['brand', 'job_type', 'name'], isPruned: true, brandField: 'brand' },
  platform_schedules: {
    word: 'schedule of the platform',
    identity: ['job_type', 'name'],
    isPruned: true,
    brandField: null,
  },
  policies: { word: 'maximum age', identity: ['brand', 'dataset'], isPruned: true, brandField: 'brand' },
  triggers: {
    word: 'trigger',
    identity: ['brand', 'dataset', 'job_type', 'job'],
    isPruned: true,
    brandField: 'brand',
  },
  notifications: { word: 'what is notified', identity: [], isPruned: false, brandField: null },
  routes: {
    word: 'route',
    identity: ['channel', 'kinds', 'brands', 'groups', 'person', 'after_minutes'],
    isPruned: true,
    brandField: null,
  },
  mutes: { word: 'mute', identity: ['brand', 'dataset', 'job_type', 'kind'], isPruned: true, brandField: 'brand' },
} as const satisfies Record<SettingsSection, SectionRules>

/** Left out of an export unless it is asked for: its jobs are no organization's. */
export const usualSections: readonly SettingsSection[] = settingsSections.filter((one) => one !== 'platform_schedules')

/** Sections about single brands: all that a document with `only_brands` may have. */
export const brandSections: readonly SettingsSection[] = settingsSections.filter(
  (one) => sectionRules[one].brandField !== null,
)
