import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { BrowserWorld } from '../support/browser-world.ts'
import { waitUntil } from '../support/wait.ts'
import { SocketWalker } from '../support/zone-walker.ts'

interface Drawn {
  readonly dots: number
  readonly regions: number
  readonly ms: number
}

/** Many more than any region of these tests has. */
const manyPoints = 10_000

export const zoneMap = (world: BrowserWorld): void =>
  void describe("the operators' map of zones at /zones", () => {
    let page: Page
    let zoneId: string
    let walkers: SocketWalker[] = []
    const complaints: string[] = []
    world.watch()

    const admin = () => world.cluster.token('operator', ['admin'])
    const drawn = () => page.evaluate<Drawn>('zoneMap.drawn()')
    const fact = (name: string) => page.locator(`#fact-${name}`).innerText()
    const cell = (region: number, field: string) =>
      page.locator(`tr[data-region="${region}"] td[data-field="${field}"]`).innerText()
    const open = async (token: string, hash = '') => {
      await page.goto('about:blank')
      await page.goto(`${world.cluster.gateway(0).http}/zones${hash}`)
      await page.getByLabel('Token').fill(token)
      await page.getByRole('button', { name: 'List zones' }).click()
    }

    before(async () => {
      const made = await world.cluster.call('POST', '/api/v1/zones', {
        token: admin(),
        body: { name: 'The harbour', bounds: { width_m: 1_024, height_m: 512 } },
      })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      zoneId = made.body.zone_id
      for (const [n, x] of [200, 210, 800].entries()) {
        const { ws } = world.cluster.gateway(n % 2)
        walkers.push(
          await SocketWalker.enter({ ws, token: world.cluster.token(`walker-${n}`), zoneId }, `w${n}`, x, 256),
        )
      }
      page = await world.browser.newPage({ viewport: { width: 1280, height: 1000 } })
      page.setDefaultTimeout(8_000)
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
    })
    after(async () => {
      for (const { socket } of walkers) socket.close()
      walkers = []
      await world.closePages()
    })

    test('lists zones, and shows the regions of one and everybody in it, where they are', async () => {
      await open(admin())
      await page.getByRole('combobox', { name: 'Zone' }).selectOption(zoneId)
      await waitUntil('all are drawn', async () => (await drawn()).dots === 3)
      assert.equal((await drawn()).regions, 1)
      assert.deepEqual([await fact('players'), await fact('regions')], ['3', '1'])
      assert.deepEqual([await cell(1, 'players'), await cell(1, 'node')], ['3', 'node-1'])
      assert.equal(await cell(1, 'area'), '0–1024 × 0–512')
      assert.match(await cell(1, 'p95'), /^\d+\.\d$/)
      // Who stands at 800, 256: all of the zone is in the picture, in its middle, 24 pixels from the nearer edges.
      const colour = await page.evaluate<readonly number[]>(`(() => {
        const map = document.querySelector('#map')
        const scale = Math.min((map.clientWidth - 48) / 1024, (map.clientHeight - 48) / 512)
        const [x, y] = [map.clientWidth / 2 + (800 - 512) * scale, map.clientHeight / 2]
        return [...map.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data]
      })()`)
      assert.equal(colour[3], 255, `nobody is drawn there: ${colour.join(' ')}`)
      if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/zones.png` })
    })

    test('is moved and zoomed by keys, and shows all again', async () => {
      await page.locator('#map').focus()
      for (let times = 0; times < 12; times += 1) await page.keyboard.press('+')
      await waitUntil('nobody stands in the middle', async () => (await drawn()).dots === 0)
      await page.keyboard.press('0')
      await waitUntil('all are in the picture', async () => (await drawn()).dots === 3)
    })

    test('shows a region that does not answer as one, and 10,000 points of another', async (context) => {
      const points = Array.from({ length: manyPoints }, (_, n) => [
        (n % 100) * 80,
        Math.floor(n / 100) * 80,
        n % 9 ? 0 : 1,
      ])
      const players = points.filter(([, , ghost]) => ghost === 0).length
      const load = { tick_mean_ms: 12, tick_p95_ms: 45.25, rung: 1, plan_version: 4 }
      const half = { bottom: 0, top: 512 }
      await page.route('**/shards?points=true', (route) => {
        // Everybody walks: the page has to draw until the next answer comes.
        for (const point of points) point[0] = (point[0] ?? 0) + 32
        return route.fulfill({
          json: {
            ...{ zone_id: zoneId, plan_version: 4, map_version: 2, players },
            regions: [
              {
                ...{ region: 2, bounds: { left: 0, right: 512, ...half }, neighbours: [3], shares: 1 },
                shard: {
                  ...{ node: 'node-7', epoch: 5, players, ghosts: manyPoints - players, ...load },
                  points: points.flat(),
                },
              },
              { region: 3, bounds: { left: 512, right: 1_024, ...half }, neighbours: [2], shares: 1, shard: null },
            ],
          },
        })
      })
      await waitUntil('all are drawn', async () => (await drawn()).dots === manyPoints)
      assert.deepEqual([await cell(2, 'players'), await cell(2, 'ghosts')], ['8,888', '1,112'])
      assert.equal(await cell(3, 'node'), 'no answer')
      assert.equal(await fact('regions'), '2, 1 without an answer')
      await page.getByText('1: outer tiers every 4th tick').waitFor()
      assert.equal(await page.locator('tr[data-region="1"]').count(), 0)
      const took = await page.evaluate<number[]>(`new Promise((resolve) => {
        const took = []
        const look = () => {
          took.push(zoneMap.drawn().ms)
          if (took.length === 30) resolve(took.sort((one, other) => one - other))
          else requestAnimationFrame(look)
        }
        look()
      })`)
      const at = (part: number) => took[Math.floor(took.length * part)]?.toFixed(1)
      context.diagnostic(`a picture of 10,000 points: ${at(0.5)} ms in the middle, ${at(0.95)} ms in one of twenty`)
      if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/zones-many.png` })
      await page.unroute('**/shards?points=true')
      assert.deepEqual(complaints, [])
    })

    test('says why it shows nothing: to who may not look, of a zone that is not there, and of one nobody has', async () => {
      await open(world.cluster.token('somebody'), `#${zoneId}`)
      await page.getByText('This token may not look into that zone').waitFor()
      await page.getByText('Stopped').waitFor()
      await open(admin(), '#5a2989ab-18e9-44cc-81f0-2fb1da5b6da2')
      await page.getByText('There is no such zone.').waitFor()
      await page.route('**/shards?points=true', (route) =>
        route.fulfill({
          status: 503,
          json: { error: { code: 'NO_OWNER', message: 'Nobody runs the room right now.' } },
        }),
      )
      await open(admin(), `#${zoneId}`)
      await page.getByText('The zone is moving to another machine.').waitFor()
      await page.unroute('**/shards?points=true')
      await waitUntil('it goes on by itself', async () => (await drawn()).dots === 3)
      assert.equal(await page.locator('#notice').isVisible(), false)
    })
  })
