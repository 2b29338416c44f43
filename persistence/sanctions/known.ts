import type { WiderSanction } from '../../protocol/sanctions/scope.ts'

/** The sanctions as texts in one order, so that two lists of the same ones are equal. */
export const knownList = (
  sanctions: readonly Pick<WiderSanction, 'scope' | 'kind' | 'generation'>[],
): readonly string[] => sanctions.map(({ scope, kind, generation }) => [scope, kind, generation].join(' ')).sort()
