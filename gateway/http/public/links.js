// @ts-check

/*
 * Links into a room. Room and invite stand behind `#`, which browsers send to nobody: an invite in a path or a query would be in the logs of
 * every proxy on the way.
 */

/**
 * @param {{ origin: string, pathname: string }} page
 * @param {string} roomId
 * @param {string} [token] Of an invite.
 */
export const inviteLink = ({ origin, pathname }, roomId, token) =>
  `${origin}${pathname}#${roomId}${token ? `/${token}` : ''}`

/**
 * Room and invite of a link, of what stands behind its `#`, or of a bare invite; empty where there is none.
 * @param {string} text
 * @returns {{ roomId: string, invite: string }}
 */
export function readLink(text) {
  const behind = text.trim().split('#').at(-1) ?? ''
  const parts = decoded(behind).split('/')
  return {
    roomId: parts.find((part) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(part))?.toLowerCase() ?? '',
    invite: parts.find((part) => /^[\w-]{43}$/.test(part)) ?? '',
  }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Copies a text, and says so on the button for two seconds.
 * @param {string} text
 * @param {HTMLButtonElement} button
 */
export async function copyText(text, button) {
  const label = button.dataset.label ?? button.textContent ?? ''
  button.dataset.label = label
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
  } catch {
    // No clipboard without https, or without permission.
    window.prompt('Copy this link:', text)
  }
  setTimeout(() => (button.textContent = label), 2_000)
}
