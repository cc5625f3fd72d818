/*
 * robots.txt as RFC 9309 has it: the groups that name us, else those for everybody; the longest rule that matches
 * decides, and of equals the one that allows.
 */

interface Rule {
  readonly allows: boolean
  readonly pattern: string
}

export interface Robots {
  /** `path` with its query, as it is asked for. */
  isAllowed(path: string): boolean
  /** Not in the RFC, but widely meant; null when it is not said. */
  readonly crawlDelaySeconds: number | null
}

/** RFC 9309 §2.5: at least so much of the file has to be read. */
export const mostRobotsBytes = 500 * 1024

/** `agent` is our product token, without a version. Lines that say nothing are skipped. */
export function parseRobots(text: string, agent: string): Robots {
  const groups = groupsOf(text)
  const ours = groups.filter(({ agents }) => agents.includes(agent.toLowerCase()))
  const chosen = ours.length > 0 ? ours : groups.filter(({ agents }) => agents.includes('*'))
  const rules = chosen.flatMap((group) => group.rules)
  const delays = chosen.flatMap(({ delay }) => (delay === null ? [] : [delay]))
  return {
    isAllowed: (path) => decision(rules, path),
    crawlDelaySeconds: delays.length === 0 ? null : Math.max(...delays),
  }
}

export const allAllowed: Robots = { isAllowed: () => true, crawlDelaySeconds: null }

interface Group {
  readonly agents: string[]
  readonly rules: Rule[]
  delay: number | null
}

function groupsOf(text: string): Group[] {
  const groups: Group[] = []
  let group: Group | undefined
  let isNamingAgents = false
  for (const line of text.slice(0, mostRobotsBytes).split(/\r\n|\r|\n/)) {
    const [, key = '', value = ''] = /^\s*([a-z-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/i.exec(line) ?? []
    const name = key.toLowerCase()
    if (name === 'user-agent') {
      if (group === undefined || !isNamingAgents) groups.push((group = { agents: [], rules: [], delay: null }))
      group.agents.push(value.toLowerCase())
    } else if ((name === 'allow' || name === 'disallow') && value !== '') {
      group?.rules.push({ allows: name === 'allow', pattern: value })
    } else if (name === 'crawl-delay' && /^\d+(\.\d+)?$/.test(value) && group !== undefined) {
      group.delay = Number(value)
    }
    if (name !== '') isNamingAgents = name === 'user-agent'
  }
  return groups
}

function decision(rules: readonly Rule[], path: string): boolean {
  let best: Rule | undefined
  for (const rule of rules) {
    if (!matches(rule.pattern, path)) continue
    const isBetter = best === undefined || rule.pattern.length > best.pattern.length
    const isEqual = rule.pattern.length === best?.pattern.length
    if (isBetter || (isEqual && rule.allows)) best = rule
  }
  return best?.allows ?? true
}

/**
 * `*` stands for anything, `$` at the end for the end; else it is a prefix. Pieces are looked for one after the other,
 * so that no pattern takes long.
 */
function matches(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$')
  const [first = '', ...rest] = (isWhole ? pattern.slice(0, -1) : pattern).split('*')
  if (!path.startsWith(first)) return false
  let at = first.length
  for (const piece of rest.slice(0, -1)) {
    const found = path.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  const last = rest.at(-1)
  if (last === undefined) return !isWhole || path.length === at
  return isWhole ? path.length - last.length >= at && path.endsWith(last) : path.includes(last, at)
}
