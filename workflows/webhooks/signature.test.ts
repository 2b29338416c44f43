import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { signature, signatureHeaders } from './signature.ts'

/** The vector that the reference implementations of Standard Webhooks are tested with. */
const reference = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  signed: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1_614_265_330, body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}

describe('a signature', () => {
  test('is that of the specification', () => {
    assert.equal(signature(reference.secret, reference.signed), reference.signature)
  })

  test('changes with the id, the time, the body and the secret', () => {
    const { secret, signed } = reference
    const others = [
      signature(secret, { ...signed, id: 'msg_2' }),
      signature(secret, { ...signed, timestampS: 1_614_265_331 }),
      signature(secret, { ...signed, body: '{"test": 2432232315}' }),
      signature('whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw', signed),
    ]
    assert.equal(new Set([...others, reference.signature]).size, 5)
  })

  test('is over the bytes of the body, whatever their language', () => {
    const signed = { ...reference.signed, body: '{"name":"Zoë 🎧"}' }
    assert.notEqual(
      signature(reference.secret, signed),
      signature(reference.secret, { ...signed, body: '{"name":"Zoe"}' }),
    )
  })

  test('stands once for each secret, while one takes the place of another', () => {
    const headers = signatureHeaders([reference.secret, 'whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], reference.signed)
    assert.equal(headers['webhook-id'], reference.signed.id)
    assert.equal(headers['webhook-timestamp'], '1614265330')
    const [first, second, ...more] = (headers['webhook-signature'] ?? '').split(' ')
    assert.equal(first, reference.signature)
    assert.match(second ?? '', /^v1,[A-Za-z0-9+/]{43}=$/)
    assert.deepEqual(more, [])
  })

  test('is not made with a secret that is none', () => {
    assert.throws(() => signature('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', reference.signed), /whsec_/)
  })
})
