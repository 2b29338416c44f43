/** Sees to all items, so many at once, in their order. Rejects as soon as `see` does for one; the other lanes go on by themselves. */
export async function inLanes<Item>(
  items: Iterable<Item>,
  atOnce: number,
  see: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]()
  const lane = async () => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) await see(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
