/**
 * The fewest of `ids` with which `fails` still holds, as far as taking some away at a time finds it (delta debugging). `fails`
 * is asked at most `questionsMax` times.
 */
export async function shrink(
  ids: readonly number[],
  fails: (ids: readonly number[]) => Promise<boolean>,
  questionsMax = 200,
): Promise<readonly number[]> {
  let kept = ids
  let questions = 0
  const ask = async (candidate: readonly number[]): Promise<boolean> => {
    questions += 1
    return questions <= questionsMax && (await fails(candidate))
  }
  for (let parts = 2; kept.length > 0;) {
    const size = Math.ceil(kept.length / parts)
    const smaller = await firstFailing(kept, size, ask)
    if (smaller) {
      kept = smaller
      parts = Math.max(2, parts - 1)
    } else if (size === 1) break
    else parts = Math.min(kept.length, parts * 2)
  }
  return kept
}

/** Without one slice of that size. */
async function firstFailing(
  ids: readonly number[],
  size: number,
  fails: (ids: readonly number[]) => Promise<boolean>,
): Promise<readonly number[] | null> {
  for (let from = 0; from < ids.length; from += size) {
    const rest = [...ids.slice(0, from), ...ids.slice(from + size)]
    if (await fails(rest)) return rest
  }
  return null
}
