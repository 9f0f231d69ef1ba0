// The chat's page: begins here.
import {effect} from '@preact/signals'
import {options, render} from 'preact'
import {plainOf} from '../irc/format.ts'
import {cleanName} from '../base/text.ts'
import {App} from './app.tsx'
import {takeKeys} from './keys.ts'
import * as page from './page.ts'
import {hashOf, roomOfHash} from './room_address.ts'

const {client, state} = page

// Once a frame at the most: a room may bring hundreds of messages a second. A hidden page has no
// frames.
options.debounceRendering = run => {
  if (document.hidden) setTimeout(run, 250)
  else requestAnimationFrame(run)
}

if (page.wasHere.value && page.keptNick.value) page.connect(page.keptNick.value)

effect(() => {
  document.documentElement.dataset['theme'] = page.theme.value
})
effect(() => {
  if (client.phase.value === 'asking') page.wasHere.value = false
  if (!client.wasWelcome.value) return
  page.wasHere.value = true
  page.keptRooms.value = [...client.wanted.value]
  page.keptNick.value = client.chosenNick.value
})
effect(() => {
  const room = state.current.value
  const mentions = state.mentions.value
  const isHere = client.wasWelcome.value
  const name = room.kind === 'server' ? 'Server' : cleanName(room.name)
  document.title = `${mentions ? `(${mentions}) ` : ''}${isHere ? `${name} · ` : ''}Patchbay chat`
  const hash = hashOf(room)
  if (isHere && location.hash !== hash) history.replaceState(null, '', hash)
})

function look(): void {
  state.isSeen.value = !document.hidden
  if (state.isSeen.value) state.current.value.markSeen()
}
document.addEventListener('visibilitychange', () => {
  look()
  if (!document.hidden) client.link.probe()
})
look()
addEventListener('online', () => client.link.retry())
addEventListener('hashchange', () => {
  const name = roomOfHash(location.hash)
  if (!name || !client.wasWelcome.value) return
  if (state.isupport.isRoom(name)) client.join(name)
  else client.talkTo(name)
})

// Whoever asks, by a command too, sees the answer.
effect(() => {
  if (state.search.value?.isRunning) page.dialog.value = 'search'
})
effect(() => {
  if (state.list.value?.isRunning) page.dialog.value = 'rooms'
})

// Tells of what names the reader while nobody looks.
let told = 0
effect(() => {
  const mentions = state.mentions.value
  const grew = mentions > told
  told = mentions
  if (!grew || state.isSeen.value || !page.notifies.value) return
  if (!('Notification' in window) || Notification.permission !== 'granted') return
  const room = state.rooms.value.find(one => one.mentions.value > 0)
  const last = room?.messages.findLast(message => !message.isOwn)
  if (!room || !last) return
  new Notification(cleanName(last.nick), {body: plainOf(last.text).slice(0, 200), tag: room.key})
})

takeKeys()
const place = document.getElementById('page')
if (place) render(<App />, place)
