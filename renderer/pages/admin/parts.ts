/** The parts of the Admin page by the ends of their headings' ids, in their order. */
export const adminParts = [
  { name: 'features', label: 'Features' },
  { name: 'brands', label: 'Brands and accounts' },
  { name: 'code', label: 'Settings as code' },
  { name: 'tokens', label: 'Tokens' },
  { name: 'storage', label: 'Storage' },
  { name: 'actions', label: 'Record of actions' },
] as const
