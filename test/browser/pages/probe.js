// @ts-check

/*
 * Runs in a page before its own scripts, and notes what the page itself cannot be asked: which peer connections there are and when they were closed,
 * when which frame came, when something was last heard, and whether a microphone was asked for. All times are of the page's own
 * monotonic clock, ms, so two of them may be compared whatever the test's process is doing meanwhile.
 */
;(() => {
  /** Root mean square above which something is heard. The fake microphone's beeps are at 0.1 and more. */
  const audible = 0.005
  /** @type {{ pc: RTCPeerConnection, closedAtMs: number | null, lastHeardAtMs: number }[]} */
  const links = []
  /** @type {{ atMs: number, frame: any }[]} */
  const frames = []
  const probe = {
    links,
    frames,
    microphoneCalls: 0,
    /** Makes every call for a microphone fail. */
    refuseMicrophone: false,
    now: () => performance.now(),
    /** How the ears of this page are: `running`, unless nothing is heard at all. */
    listening: () => context?.state ?? 'nothing came yet',
    /** What comes in by each link that is open: packets, energy of what is let through, and when it was last loud. */
    hearing: () => Promise.all(links.filter(({ closedAtMs }) => closedAtMs === null).map(hearingOf)),
  }
  Object.assign(globalThis, { voiceProbe: probe })

  const Connection = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Connection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration)
      const link = { pc: this, closedAtMs: /** @type {number | null} */ (null), lastHeardAtMs: -Infinity }
      links.push(link)
      this.addEventListener('track', ({ track }) => listen(track, link))
    }

    /** @override */
    close() {
      const link = links.find(({ pc }) => pc === this)
      if (link) link.closedAtMs ??= performance.now()
      super.close()
    }
  }

  const Socket = globalThis.WebSocket
  globalThis.WebSocket = class extends Socket {
    /** @param {string | URL} url */
    constructor(url) {
      super(url)
      // Before any listener of the page: a frame is noted before it can have an effect.
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') return
        frames.push({ atMs: performance.now(), frame: JSON.parse(String(data)) })
      })
    }
  }

  const { mediaDevices } = navigator
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = (constraints) => {
    probe.microphoneCalls += 1
    return probe.refuseMicrophone
      ? Promise.reject(new DOMException('not in this page', 'NotAllowedError'))
      : getUserMedia(constraints)
  }

  /** @type {AudioContext | null} */
  let context = null

  /**
   * Looks every 20 ms whether the track is loud: the length of a beep.
   * @param {MediaStreamTrack} track
   * @param {{ closedAtMs: number | null, lastHeardAtMs: number }} link
   */
  function listen(track, link) {
    context ??= new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 2_048
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const timer = setInterval(() => {
      if (link.closedAtMs !== null) clearInterval(timer)
      // Ears that an audio device did not start are deaf for good.
      if (context?.state === 'suspended') void context.resume()
      analyser.getFloatTimeDomainData(samples)
      const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
      if (level > audible) link.lastHeardAtMs = performance.now()
    }, 20)
  }

  /** @param {(typeof links)[number]} link */
  async function hearingOf({ pc, lastHeardAtMs }) {
    const report = [...(await pc.getStats()).values()]
    const inbound = report.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio')
    const sum = (/** @type {string} */ field) => inbound.reduce((total, entry) => total + (entry[field] ?? 0), 0)
    return {
      state: pc.connectionState,
      directions: pc.getTransceivers().map(({ currentDirection }) => currentDirection),
      packets: sum('packetsReceived'),
      energy: sum('totalAudioEnergy'),
      lastHeardAtMs,
    }
  }
})()
