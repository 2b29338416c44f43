import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { BrowserWorld } from '../support/browser-world.ts'
import { openProfile } from '../support/browser.ts'
import { waitUntil } from '../support/wait.ts'

const phone = { width: 390, height: 844 }

/**
 * The demo page as people use it: by what is written on it, and by the names that screen readers say. What the controls do to the sound is in
 * moderation.suite.ts and stage.suite.ts.
 */
export const controls = (world: BrowserWorld): void =>
  void describe('the controls of the demo page', () => {
    let ann: Page
    let bob: Page
    world.watch()

    const open = async (name: string, hash = '') => {
      const page = await (await openProfile(world.browser)).newPage()
      page.setDefaultTimeout(8_000)
      await page.goto(`${world.cluster.gateway(0).http}/?name=${name}${hash}`)
      return page
    }
    const says = (page: Page, words: string | RegExp) => page.getByText(words).first().waitFor()
    const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
    const comeIn = (page: Page) => press(page, 'Join the room')
    const inDialog = (page: Page) => page.getByRole('dialog')
    const shoot = async (page: Page, name: string) => {
      const folder = process.env['SCREENSHOTS']
      if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
    }

    before(async () => {
      ann = await open('ann')
    })
    after(() => world.closePages())

    test('a room with a password lets in who knows it, and tells the others so in plain words', async () => {
      await shoot(ann, 'lobby-1280')
      await ann.getByLabel('Name of the room').fill('Raid night')
      await ann.getByLabel(/^Password/).fill('open sesame')
      await press(ann, 'Make the room and join')
      await ann.getByRole('heading', { name: 'Raid night' }).waitFor()

      bob = await open('bob', new URL(ann.url()).hash)
      await comeIn(bob)
      await says(bob, 'This room asks for a password.')
      await bob.getByLabel(/^Password/).fill('wrong')
      await comeIn(bob)
      await says(bob, 'That is not the password of this room.')
      await bob.getByLabel(/^Password/).fill('open sesame')
      await comeIn(bob)
      await bob.getByRole('heading', { name: 'Raid night' }).waitFor()
      assert.equal(
        await bob.getByRole('button', { name: 'Mute ann', exact: true }).count(),
        0,
        'members moderate nobody',
      )
    })

    test('mute and lift are one press each, and both sides see it', async () => {
      await press(ann, 'Mute bob')
      await says(bob, 'nobody hears you')
      await press(ann, 'Lift: bob is muted')
      await bob.getByText('nobody hears you').first().waitFor({ state: 'hidden' })
      await press(ann, 'Mute everyone')
      await says(ann, 'Everyone: muted')
      await press(ann, 'Unmute everyone')
      await says(ann, 'Nobody is muted, deafened or banned.')
    })

    test('the dialog is worked by the keyboard alone: a deafening for ten minutes, with a reason that the history keeps', async () => {
      await ann.getByRole('button', { name: 'Manage bob' }).focus()
      await ann.keyboard.press('Enter')
      await inDialog(ann).waitFor()
      await shoot(ann, 'dialog-1280')
      await inDialog(ann).getByRole('radio', { name: /^Mute/ }).focus()
      await ann.keyboard.press('ArrowDown')
      assert.ok(
        await inDialog(ann)
          .getByRole('radio', { name: /^Deafen/ })
          .isChecked(),
      )
      await ann.keyboard.press('Tab')
      await ann.keyboard.press('ArrowDown')
      await ann.keyboard.press('Tab')
      await ann.keyboard.type('noise')
      await ann.keyboard.press('Enter')
      await inDialog(ann).waitFor({ state: 'hidden' })
      await says(bob, 'A moderator lets you hear nobody for now.')
      const focused = await ann.evaluate(`document.activeElement.getAttribute('aria-label')`)
      assert.equal(focused, 'Manage bob', 'the focus is where it was')

      const roomId = new URL(ann.url()).hash.slice(1)
      const token = world.cluster.token('boss', ['service'])
      const { body } = await world.cluster.call('GET', `/api/v1/rooms/${roomId}/moderation?action=deafen`, { token })
      assert.equal(body.events[0].reason, 'noise')
      assert.equal(body.events[0].duration, 600)
      await press(ann, 'Lift: bob is deafened')
      await bob.getByText('A moderator lets you hear nobody for now.').waitFor({ state: 'hidden' })
    })

    test('a moderator is made and unmade; who may not do something is told so', async () => {
      await press(ann, 'Manage bob')
      await press(ann, 'Make a moderator')
      await says(bob, 'bob is a moderator now')
      await bob.getByRole('heading', { name: 'In force' }).waitFor()
      await press(ann, 'Make a member again')
      await bob.getByRole('heading', { name: 'In force' }).waitFor({ state: 'hidden' })
      await press(ann, 'Close')
    })

    test('who is banned is out, is told until when, and comes back once it is lifted', async () => {
      await press(ann, 'Manage bob')
      await inDialog(ann).getByRole('radio', { name: /^Ban/ }).check()
      await inDialog(ann).getByLabel('For how long').selectOption('1 hour')
      await inDialog(ann)
        .getByLabel(/^Reason/)
        .fill('still noise')
      await press(ann, 'Apply')
      await says(bob, 'You are banned from this room.')
      await comeIn(bob)
      await says(bob, /^You are banned from this room until .+\.$/)
      await shoot(bob, 'banned-1280')
      await press(ann, 'Lift: bob is banned')
      await comeIn(bob)
      await bob.getByRole('heading', { name: 'Raid night' }).waitFor()
    })

    test('an invite is made, and its link lets one in without the password, once', async () => {
      await ann.getByText('Invites', { exact: true }).click()
      await ann.getByLabel(/^Message/).fill('raid at nine')
      await press(ann, 'Make an invite')
      await says(ann, /^As member, 1 of 1 left, .* raid at nine$/)
      let link = ''
      await waitUntil(
        'the link is shown',
        async () => (link = await ann.getByLabel(/^Your invite/).inputValue()) !== '',
      )
      await shoot(ann, 'room-1280')

      const cid = await open('cid', new URL(link).hash)
      assert.ok(await cid.getByRole('radio', { name: 'By invite' }).isChecked())
      await comeIn(cid)
      await cid.getByRole('heading', { name: 'Raid night' }).waitFor()
      await says(ann, 'cid joined')
      await cid.context().close()

      const dan = await open('dan', new URL(link).hash)
      await comeIn(dan)
      await says(dan, 'This invite was used as often as it may be. Ask for a new one.')
      await dan.context().close()
    })

    test('the owner takes the password away, and sees that it is gone', async () => {
      await ann.getByText('Room settings').click()
      await says(ann, 'The room has a password.')
      await press(ann, 'Remove it')
      await says(ann, 'The room has no password.')
    })

    test('a hint of the gateway is shown in plain words', async () => {
      const hint = bob.getByText(/^You may hear badly: parts of the sound get lost on the way\./).first()
      await waitUntil(
        'three bad reports in a row have brought a hint',
        async () => {
          await bob.evaluate(`voiceDemo.client.tell({
          type: 'quality', room_id: voiceDemo.roomId(), packet_loss_rate: 0.2, jitter_ms: 5, round_trip_time: 40
        })`)
          return hint.waitFor({ timeout: 1_100 }).then(
            () => true,
            () => false,
          )
        },
        20_000,
      )
    })

    test('every field has a label and every button a name, and nothing is wider than a phone', async () => {
      await ann.setViewportSize(phone)
      await shoot(ann, 'room-390')
      assert.ok((await ann.evaluate<number>('document.documentElement.scrollWidth')) <= phone.width)
      assert.deepEqual(
        await ann.evaluate(`Array.from(document.querySelectorAll('input, select, textarea, button'))
        .filter((one) => one.checkVisibility())
        .filter((one) => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()))
        .map((one) => one.outerHTML)`),
        [],
      )
      await press(ann, 'Manage bob')
      await shoot(ann, 'dialog-390')
      await press(ann, 'Close')
      await press(ann, 'Leave')
      await shoot(ann, 'lobby-390')
      assert.ok((await ann.evaluate<number>('document.documentElement.scrollWidth')) <= phone.width)
    })
  })
