export { limitsOf, limitsOfEndpoint, limitsOfFrame } from './actions.ts'
export { Limits, type Budget, type LimitsDeps, type Subject, type Verdict } from './limits.ts'
export { isPerRoom, limitNames, limitTable, pointsOf, type Budgets, type LimitName } from './table.ts'
