// MemberList: who is in the room, operators first; a drawer on a narrow screen. Of a large room it
// shows a part, and finds the others by their names.
import {useEffect, useRef, useState} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import type {Member, Room} from '../irc/room.ts'
import {colourOf} from './message_view.tsx'
import {client, drawer, focusComposer, state} from './page.ts'

const MOST_SHOWN = 200
const WITH_FILTER = 20
const OFTEN = 500  // milliseconds between two looks at a large room
const WORDS: Record<string, string> =
  {'~': 'owner', '&': 'administrator', '@': 'operator', '%': 'half-operator', '+': 'voice'}

function sorted(room: Room, filter: string): Member[] {
  const signs = state.isupport.ranks().map(([, sign]) => sign)
  const rank = (member: Member) => {
    const at = signs.indexOf(member.signs[0] ?? '')
    return at < 0 ? signs.length : at
  }
  const wanted = filter.toLowerCase()
  return [...room.members]
    .filter(([, member]) => member.nick.toLowerCase().includes(wanted))
    .sort(([keyA, a], [keyB, b]) => rank(a) - rank(b) || (keyA < keyB ? -1 : 1))
    .map(([, member]) => member)
}

// Follows a room, but not more often than its list can be sorted and drawn.
function usePresence(room: Room): void {
  const [, draw] = useState(0)
  useEffect(() => {
    let timer = 0
    const stop = room.presence.subscribe(() => {
      const wait = room.members.size > MOST_SHOWN ? OFTEN : 0
      timer ||= window.setTimeout(() => {
        timer = 0
        draw(count => count + 1)
      }, wait)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [room])
}

function talk(nick: string): void {
  drawer.value = null
  if (!state.isMe(nick)) client.talkTo(nick)
  focusComposer()
}

function Entry({member}: {member: Member}) {
  const sign = member.signs[0] ?? ''
  const notes = [WORDS[sign] ?? '', member.isAway ? 'away' : '',
                 member.account ? `logged in as ${cleanName(member.account)}` : '']
    .filter(note => note).join(', ')
  return (
    <li>
      <button class={member.isAway ? 'entry away' : 'entry'} title={notes || undefined}
        onClick={() => talk(member.nick)}>
        <span class="sign" aria-hidden="true">{sign}</span>
        <bdi class={`name ${colourOf(member.nick)}`}>{cleanName(member.nick)}</bdi>
        {member.isAway && <span class="hint">away</span>}
        {WORDS[sign] && <span class="unseen"> {WORDS[sign]}</span>}
      </button>
    </li>
  )
}

function Members({room}: {room: Room}) {
  usePresence(room)
  const [filter, setFilter] = useState('')
  const members = sorted(room, filter)
  const isLarge = room.members.size > WITH_FILTER
  return (
    <>
      <h2>{room.members.size} {room.members.size === 1 ? 'member' : 'members'}</h2>
      {isLarge && (
        <input type="search" class="filter" placeholder="Find somebody" aria-label="Find somebody"
          value={filter} onInput={event => setFilter(event.currentTarget.value)} />
      )}
      <ul>
        {members.slice(0, MOST_SHOWN).map(member => <Entry key={member.nick} member={member} />)}
      </ul>
      {members.length > MOST_SHOWN && (
        <p class="hint">and {members.length - MOST_SHOWN} more: find them by name</p>
      )}
    </>
  )
}

export function MemberList() {
  const room = state.current.value
  const isOpen = drawer.value === 'members'
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isOpen) box.current?.querySelector('button')?.focus()
  }, [isOpen])
  return (
    <aside ref={box} class={isOpen ? 'side members open' : 'side members'} aria-label="Members">
      <div class="scroll">
        {room.kind === 'room' && room.isJoined.value && <Members key={room.key} room={room} />}
      </div>
    </aside>
  )
}
