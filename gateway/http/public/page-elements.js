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

/**
 * A new element with a class and with children; texts become text, never HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className Empty for none.
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/**
 * A small button of a row.
 * @param {string} label
 * @param {() => void} onClick
 * @param {string} [className]
 */
export function smallButton(label, onClick, className = '') {
  const made = element('button', `small ${className}`.trim(), label)
  made.type = 'button'
  made.addEventListener('click', onClick)
  return made
}

/**
 * Shows a button under a label, or hides it where there is none. What it is for is told to screen readers where the label alone
 * does not say it: a page has many buttons "Lift".
 * @param {HTMLButtonElement} button
 * @param {string} label
 * @param {string} [spoken]
 */
export function setButton(button, label, spoken = label) {
  setText(button, label)
  if (button.getAttribute('aria-label') !== spoken) button.setAttribute('aria-label', spoken)
}
