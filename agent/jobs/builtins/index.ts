import type { BuiltinHandler } from '../executors/builtin.ts'
import type { BuiltinDependencies } from './dependencies.ts'
import type { BuiltinName } from './names.ts'

export type { BuiltinDependencies, MetaAccess } from './dependencies.ts'

type CreateHandler = (dependencies: BuiltinDependencies) => BuiltinHandler

/**
 * Built-in steps by the name that `run: { builtin: … }` uses. A new one is one file here, its name and one line below. Each is
 * loaded when it is first run: an agent that never talks to Meta does not pay for it.
 */
const builtins = {
  require_ready: async () => (await import('./require-ready.ts')).requireReady,
  run_step: async () => (await import('./run-step.ts')).runStep,
  meta_insights: async () => (await import('./meta/fetch-insights.ts')).metaInsights,
  meta_save_insights: async () => (await import('./meta/save-insights.ts')).metaSaveInsights,
  meta_ads: async () => (await import('./meta/refresh-ads.ts')).metaAds,
  scorecard: async () => (await import('./scorecard.ts')).scorecard,
  landing_pages: async () => (await import('./landing-pages.ts')).landingPages,
  meta_library: async () => (await import('./meta/scrape-templates.ts')).metaLibrary,
  meta_assets: async () => (await import('./meta/download-assets.ts')).metaAssets,
} as const satisfies Readonly<Record<BuiltinName, () => Promise<CreateHandler>>>

export function builtinHandlers(dependencies: BuiltinDependencies): ReadonlyMap<string, BuiltinHandler> {
  return new Map(Object.entries(builtins).map(([name, load]) => [name, whenRun(load, dependencies)]))
}

function whenRun(load: () => Promise<CreateHandler>, dependencies: BuiltinDependencies): BuiltinHandler {
  return async (settings, context) => (await load())(dependencies)(settings, context)
}
