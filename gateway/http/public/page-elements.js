// @ts-check

/**
 * The element of the page with this id. Throws where index.html has none of that kind.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new (...args: any[]) => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`index.html has no ${kind.name} #${id}`)
}

/**
 * Shows a text, or hides the element where there is none. Untouched text is left alone: screen readers would read it
 * again.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  element.hidden = text === ''
  if (element.textContent !== text) element.textContent = text
}
