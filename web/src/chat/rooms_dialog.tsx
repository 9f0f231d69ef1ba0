// RoomsDialog: which rooms there are, the fullest first.
import {useState} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import {client, dialog, focusComposer, state} from './page.ts'
import {plainOf} from '../irc/format.ts'

const MOST_SHOWN = 200

function join(name: string): void {
  dialog.value = null
  client.join(name)
  focusComposer()
}

export function RoomsDialog() {
  const [filter, setFilter] = useState('')
  const list = state.list.value
  if (!list) return null
  const words = filter.trim().toLowerCase()
  const found = list.rooms.filter(
    room => `${room.name} ${room.topic}`.toLowerCase().includes(words))
  return (
    <>
      <input type="search" autofocus placeholder="Part of a name or a topic"
        aria-label="Part of a name or a topic" value={filter}
        onInput={event => setFilter(event.currentTarget.value)} />
      <p role="status" class="hint">
        {list.isRunning ? 'Asking the server…'
          : found.length ? `${found.length} ${found.length === 1 ? 'room' : 'rooms'}`
            : 'There is no such room: join one of a new name, and it is founded.'}
      </p>
      <ul class="results">
        {found.slice(0, MOST_SHOWN).map(room => (
          <li key={room.name}>
            <button onClick={() => join(room.name)}>
              <span>
                <b><bdi>{cleanName(room.name)}</bdi></b>{' '}
                <span class="hint">{room.people} {room.people === 1 ? 'person' : 'people'}</span>
              </span>
              {room.topic && <span class="hint" dir="auto">{plainOf(room.topic)}</span>}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
