import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'

export type WholeIncident = InferContractRouterOutputs<Contract>['incidents']['get']
