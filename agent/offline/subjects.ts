import { keptAnswers } from './answers.ts'
import { keptCommands } from './commands.ts'
import { deviceMessages } from './device-outbox.ts'
import { lastHeartbeat } from './heartbeat-memory.ts'
import { knownTokens } from './known-tokens.ts'
import { keptRuns } from './run-outbox.ts'
import type { Subject } from './subject.ts'

/** All that is kept in the store, in the order in which it gives way when the quota is reached: what can be had again comes first. */
export const offlineSubjects: readonly Subject[] = [
  keptAnswers,
  knownTokens,
  deviceMessages,
  lastHeartbeat,
  keptCommands,
  keptRuns,
]
