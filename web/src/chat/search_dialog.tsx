// SearchDialog: asks the server what was said, and leads to it.
import {cleanName} from '../base/text.ts'
import {wholeOf} from '../base/time.ts'
import type {Found, SearchState} from '../irc/chat_state.ts'
import {Nick} from './message_view.tsx'
import {client, dialog, show, state, wanted} from './page.ts'
import {plainOf} from '../irc/format.ts'

function ask(event: SubmitEvent): void {
  event.preventDefault()
  const data = new FormData(event.currentTarget as HTMLFormElement)
  const words = String(data.get('words') ?? '').trim()
  if (words) client.search(words, data.has('all') ? null : state.current.value)
}

function goTo(found: Found): void {
  const room = state.find(found.room)
  dialog.value = null
  if (!room) return
  wanted.value = found.message.id
  show(room)
}

function Results({search}: {search: SearchState}) {
  if (search.isRunning) return <p role="status">Searching…</p>
  if (search.error) return <p role="status" class="wrong">{search.error}</p>
  if (!search.found.length) {
    return <p role="status">Nobody has said “{search.words}”{search.room ? ' here' : ''}. Try fewer
      words, or all rooms.</p>
  }
  return (
    <>
      <p role="status" class="hint">{search.found.length} found, the latest first</p>
      <ol class="results">
        {search.found.map(found => (
          <li key={found.message.key}>
            <button onClick={() => goTo(found)}>
              <span class="hint">
                <bdi>{cleanName(found.room)}</bdi> · {wholeOf(found.message.time)}
              </span>
              <span dir="auto">
                <Nick nick={found.message.nick} /> {plainOf(found.message.text)}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </>
  )
}

export function SearchDialog() {
  const search = state.search.value
  const room = state.current.value
  return (
    <>
      <form onSubmit={ask}>
        <div class="row">
          <input name="words" type="search" required autofocus aria-label="Words to search for"
            defaultValue={search?.words ?? ''} placeholder="Words to search for" />
          <button class="main">Search</button>
        </div>
        <label class="check">
          <input name="all" type="checkbox" defaultChecked={room.kind === 'server'} />
          <span>in all my rooms, not only in{' '}
            <bdi>{room.kind === 'server' ? 'this one' : cleanName(room.name)}</bdi></span>
        </label>
      </form>
      {search ? <Results search={search} />
        : <p class="hint">All words must be in a message; the latest are shown first.</p>}
    </>
  )
}
