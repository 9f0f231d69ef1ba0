// RoomHeader: where one is, what it is about, and how the connection stands.
import {cleanName} from '../base/text.ts'
import {ConnectionWords} from './connection_words.tsx'
import {Icon} from './icons.tsx'
import {client, dialog, drawer, state, type Drawer} from './page.ts'
import {RichText} from './rich_text.tsx'

function toggle(which: Drawer): void {
  drawer.value = drawer.value === which ? null : which
}

function Topic() {
  const room = state.current.value
  const topic = room.topic.value
  if (room.kind === 'server') return <p class="topic">What the server itself says</p>
  if (room.kind === 'person') return <p class="topic">Only the two of you read this</p>
  if (!topic) return <p class="topic hint">No topic; set one with /topic</p>
  return <p class="topic" dir="auto"><RichText text={topic} /></p>
}

function Missed() {
  const others = state.rooms.value.filter(room => room !== state.current.value)
  const mentions = others.reduce((sum, room) => sum + room.mentions.value, 0)
  const unread = others.some(room => room.unread.value > 0)
  if (mentions) return <span class="badge loud">@{mentions}</span>
  return unread ? <span class="badge">•<span class="unseen"> unread</span></span> : null
}

export function RoomHeader() {
  const room = state.current.value
  void room.presence.value
  const people = room.members.size
  return (
    <header>
      <div class="head">
        <button class="only-narrow" aria-expanded={drawer.value === 'rooms'}
          onClick={() => toggle('rooms')}>
          <Icon name="menu" /><span class="unseen">Rooms</span><Missed />
        </button>
        <div class="about">
          <h1><bdi>{room.kind === 'server' ? 'Server' : cleanName(room.name)}</bdi></h1>
          <Topic />
        </div>
        {client.has('soju.im/search') && (
          <button title="Search" onClick={() => { dialog.value = 'search' }}>
            <Icon name="search" /><span class="unseen">Search</span>
          </button>
        )}
        {room.kind !== 'server' && (
          <button title={room.kind === 'room' ? 'Leave this room' : 'End this talk'}
            onClick={() => client.leave(room)}>
            <Icon name="leave" /><span class="unseen">Leave</span>
          </button>
        )}
        {room.kind === 'room' && (
          <button class="only-narrow" aria-expanded={drawer.value === 'members'}
            onClick={() => toggle('members')}>
            <Icon name="people" />{people}<span class="unseen"> members</span>
          </button>
        )}
      </div>
      <div role="status">
        {client.phase.value !== 'online' && <p class="banner"><ConnectionWords /></p>}
      </div>
    </header>
  )
}
