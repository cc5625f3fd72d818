/** Every name that `run: { builtin: … }` may use. Apart from what they do, so that a catalog is checked without loading that. */
export const builtinNames = [
  'require_ready',
  'run_step',
  'meta_insights',
  'meta_save_insights',
  'meta_ads',
  'scorecard',
  'landing_pages',
  'meta_library',
  'meta_assets',
] as const
export type BuiltinName = (typeof builtinNames)[number]
