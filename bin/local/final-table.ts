import { relative } from 'node:path'
import { keyValueTable, type Screen } from '../table.ts'
import type { GivenSettings } from './given-settings.ts'
import type { Places } from './places.ts'
import { gatewayPorts } from './plan.ts'

export interface FinalTableParts {
  readonly given: Pick<GivenSettings, 'mode' | 'hasTls' | 'hasTokenKey'>
  readonly places: Pick<Places, 'checkout' | 'logFolder'>
  /** One line on each service, and where its data is. */
  readonly services: readonly { readonly name: string; describe(): string }[]
  readonly temporalUi: string | null
}

/** Address of the page on the gateway, 0 or 1. */
export const pageUrl = (gateway: 0 | 1, { hasTls }: Pick<GivenSettings, 'hasTls'>): string =>
  `${hasTls ? 'https' : 'http'}://localhost:${gatewayPorts[gateway].http}/`

/** What a start ends on. Its first line is the link to click. */
export function finalTable({ given, places, services, temporalUi }: FinalTableParts, screen: Screen): string {
  const isDevelopment = given.mode === 'development'
  const tokens = given.hasTokenKey
    ? isDevelopment
      ? 'npx roomctl token --user alice   (needs VOICE_ENV and JWT_SECRET as set here)'
      : 'from the issuer whose key is configured; the page has a field for one'
    : isDevelopment
      ? 'npx roomctl token --user alice   (the page gets its own)'
      : 'npx roomctl token --user alice   (paste it into the page)'
  return keyValueTable(
    [
      ['Open', pageUrl(0, given)],
      ['And, in a second window', `${pageUrl(1, given)}   (the other gateway: join the same room, and talk)`],
      ['Then take the owner away', 'npx roomctl room <room id>, and kill -9 the pid that it shows: the call goes on'],
      ['Who is there', 'npx roomctl cluster'],
      ['A token', tokens],
      ...(temporalUi === null ? [] : ([['Workflows', temporalUi]] as const)),
      ...services.map((service) => [service.name, service.describe()] as const),
      ['Logs', `${relative(places.checkout, places.logFolder)}, one file for each process`],
      ['Stop', 'Ctrl-C; npm start again keeps the data, npm start -- --reset clears it'],
    ],
    screen,
  )
}
