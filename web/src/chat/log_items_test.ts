import assert from 'node:assert/strict'
import {test} from 'node:test'
import {makeMessage, Room} from '../irc/room.ts'
import {socketUrl} from './browser_world.ts'
import {logItems} from './log_items.ts'
import {hashOf, roomOfHash} from './room_address.ts'

const AT = new Date(2026, 10, 30, 12).getTime()
const said = (nick: string, minute: number) =>
  makeMessage({text: 'x', nick, time: AT + minute * 60_000})

test('days, names and events are gathered', () => {
  const event = (minute: number) =>
    makeMessage({text: 'came in', nick: 'eve', kind: 'presence', time: AT + minute * 60_000})
  const messages = [said('ann', 0), said('ann', 1), said('bob', 2), event(3), event(4),
                    said('bob', 5), said('bob', 20), said('bob', 24 * 60)]
  const items = logItems(messages, messages[2]?.key ?? null)
  assert.deepEqual(
    items.map(item => item.kind === 'said' ? `${item.message.nick}${item.isNamed ? '!' : ''}`
      : item.kind === 'events' ? item.messages.length : item.kind),
    ['day', 'ann!', 'ann', 'new', 'bob!', 2, 'bob!', 'bob!', 'day', 'bob!'])
})

test('the socket is beside the page', () => {
  assert.equal(socketUrl('http://127.0.0.1:8080/#lobby'), 'ws://127.0.0.1:8080/chat/socket')
  assert.equal(socketUrl('https://a.example/live/?x#@ann'), 'wss://a.example/live/chat/socket')
})

test('each room has an address that leads back to it', () => {
  for (const [name, hash] of [['#lobby', '#lobby'], ['##c++ & more%', '##c%2B%2B%20%26%20more%25'],
                              ['ann', '#@ann']] as const) {
    const room = new Room(name, name, name.startsWith('#') ? 'room' : 'person')
    assert.equal(hashOf(room), hash)
    if (!name.includes(' ')) assert.equal(roomOfHash(hash), name)
  }
  for (const hash of ['', '#', '#@', '#a%20b', '#a%0d', '#%', '#a,b']) {
    assert.equal(roomOfHash(hash), null, hash)
  }
})
