// @ts-check

/**
 * One entry of a list, made once and changed in place.
 * @template Item
 * @typedef {{ element: HTMLElement, show: (item: Item) => void }} Entry
 */

/**
 * A list whose entries are kept by key, so that a button in one does not lose the focus when another one changes.
 * @template Item
 */
export class KeyedList {
  /** @type {Map<string, Entry<Item>>} */
  #entries = new Map()
  #list
  #keyOf
  #make

  /**
   * @param {HTMLElement} list
   * @param {(item: Item) => string} keyOf
   * @param {() => Entry<Item>} make
   */
  constructor(list, keyOf, make) {
    this.#list = list
    this.#keyOf = keyOf
    this.#make = make
  }

  /**
   * Shows these, in this order.
   * @param {readonly Item[]} items
   */
  show(items) {
    const keys = new Set(items.map(this.#keyOf))
    for (const [key, { element }] of this.#entries) {
      if (keys.has(key)) continue
      element.remove()
      this.#entries.delete(key)
    }
    items.forEach((item, index) => {
      const key = this.#keyOf(item)
      const entry = this.#entries.get(key) ?? this.#make()
      this.#entries.set(key, entry)
      // Moving an element takes its focus away, so only what stands elsewhere is moved.
      const there = this.#list.children[index]
      if (there !== entry.element) this.#list.insertBefore(entry.element, there ?? null)
      entry.show(item)
    })
  }
}
