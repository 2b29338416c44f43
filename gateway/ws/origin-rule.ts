/** Whether a page of this origin may open a socket at this host. An empty origin is no browser. */
export type OriginRule = (origin: string, host: string) => boolean

const hostnameOf = (url: string): string | null => {
  try {
    return new URL(url).hostname
  } catch {
    return null
  }
}

/** Development: pages from anywhere. */
export const anyOrigin: OriginRule = () => true

/**
 * Pages of the host that is called, on whatever port, and of the origins listed; `*` stands for any. A socket takes no
 * cookie, so a foreign page could do nothing with it but waste it.
 */
export const sameHostOr =
  (origins: readonly string[]): OriginRule =>
  (origin, host) => {
    if (origin === '' || origins.includes('*') || origins.includes(origin)) return true
    const own = hostnameOf(`http://${host}`)
    return own !== null && hostnameOf(origin) === own
  }
