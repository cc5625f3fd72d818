/** What may have changed, for whoever shows it. Apart from the contract, so that an agent nobody looks at does not load one. */
export const liveTopics = [
  'jobs',
  'runs',
  'datasets',
  'agents',
  'brands',
  'policies',
  'triggers',
  'hooks',
  'holds',
  'features',
  'incidents',
  'connection',
] as const
export type LiveTopic = (typeof liveTopics)[number]
