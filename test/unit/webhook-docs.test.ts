import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { WebhookEvent, webhookEvents } from '../../protocol/webhooks/events.ts'
import { webhooksMax } from '../../protocol/webhooks/webhook.ts'

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const sections = new Map(
  page
    .split('\n### ')
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
)
const types = webhookEvents.map(({ properties }) => properties.type.const)
const jsonOf = (text: string): any => JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? 'null')

describe('docs/webhooks.md', () => {
  test('has a section for every event, and for no other', () => {
    assert.deepEqual([...sections.keys()].sort(), types.toSorted())
  })

  test('shows a whole event as one is sent', () => {
    decoder(WebhookEvent)(jsonOf(page.split('\n## Events\n')[1] ?? ''))
  })

  for (const { properties } of webhookEvents) {
    const type = properties.type.const
    test(`shows the data of ${type} with every field that it has`, () => {
      const data = jsonOf(sections.get(type) ?? '') as Record<string, unknown>
      const schema = properties.data as unknown as { properties: Record<string, object> }
      assert.deepEqual(Object.keys(data).sort(), Object.keys(schema.properties).sort())
      for (const [name, value] of Object.entries(data)) {
        // The room is cut short there.
        if (name !== 'room') decoder(schema.properties[name] as never)(value)
      }
    })
  }

  test('says how many webhooks there may be, where calls are explained', () => {
    const rest = readFileSync(new URL('../../docs/rest.md', import.meta.url), 'utf8')
    assert.ok(rest.split('\n## Webhooks\n')[1]?.includes(`${webhooksMax} webhooks`))
  })
})
