// RoomList: the places to talk, with what was missed in each; a drawer on a narrow screen.
import {useEffect, useRef} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import type {Room, RoomKind} from '../irc/room.ts'
import {Icon} from './icons.tsx'
import {client, dialog, drawer, show, state} from './page.ts'

const TITLES: Record<RoomKind, string> = {room: 'Rooms', person: 'People', server: 'Server'}

function nameOf(room: Room): string {
  return cleanName(room.kind === 'server' ? state.network.value || 'Server' : room.name)
}

function Entry({room}: {room: Room}) {
  const isCurrent = state.current.value === room
  const unread = room.unread.value
  const mentions = room.mentions.value
  const isOut = room.kind === 'room' && !room.isJoined.value
  const count = mentions || unread
  return (
    <li>
      <button class={`entry${unread ? ' unread' : ''}${isOut ? ' out' : ''}`}
        aria-current={isCurrent ? 'page' : undefined} onClick={() => show(room)}>
        <bdi class="name">{nameOf(room)}</bdi>
        {isOut && <span class="hint">not in it</span>}
        {count > 0 && (
          <span class={mentions ? 'badge loud' : 'badge'}>
            {mentions ? '@' : ''}{count > 999 ? '999+' : count}
            <span class="unseen">{mentions ? ' for you' : ' unread'}</span>
          </span>
        )}
      </button>
    </li>
  )
}

function Section({kind}: {kind: RoomKind}) {
  const rooms = state.rooms.value.filter(room => room.kind === kind)
  if (!rooms.length && kind !== 'room') return null
  return (
    <section>
      <h2>{TITLES[kind]}</h2>
      {rooms.length
        ? <ul>{rooms.map(room => <Entry key={room.key} room={room} />)}</ul>
        : <p class="hint">You are in no room. Join one below.</p>}
    </section>
  )
}

export function RoomList() {
  const isOpen = drawer.value === 'rooms'
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isOpen) box.current?.querySelector<HTMLElement>('[aria-current], button')?.focus()
  }, [isOpen])
  return (
    <nav ref={box} class={isOpen ? 'side rooms open' : 'side rooms'} aria-label="Rooms">
      <div class="scroll">
        <Section kind="room" />
        <Section kind="person" />
        <Section kind="server" />
      </div>
      <div class="foot">
        <button onClick={() => { dialog.value = 'palette' }}>
          <Icon name="plus" /> Find or join <kbd>Ctrl K</kbd>
        </button>
        <button onClick={() => { client.listRooms(); dialog.value = 'rooms' }}>
          <Icon name="menu" /> All rooms
        </button>
        <button onClick={() => { dialog.value = 'settings' }}>
          <Icon name="settings" /> <bdi class="name">{cleanName(state.nick.value)}</bdi>
          {state.isAway.value && <span class="hint">away</span>}
          <span class="unseen">: settings</span>
        </button>
      </div>
    </nav>
  )
}
