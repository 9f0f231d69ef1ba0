// Palette: to every room, person and page by a few letters.
import {useEffect, useRef, useState} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import {client, dialog, focusComposer, show, state} from './page.ts'

interface Choice {
  key: string
  title: string
  hint: string
  run: () => void
}

const MOST_SHOWN = 12

function roomChoices(): Choice[] {
  return state.rooms.value.map(room => ({
    key: `${room.kind} ${room.key}`,
    title: room.kind === 'server' ? 'Server' : cleanName(room.name),
    hint: room.unread.value ? `${room.unread.value} unread` : room.kind,
    run: () => show(room),
  }))
}

function memberChoices(): Choice[] {
  return [...state.current.value.members.values()]
    .filter(member => !state.isMe(member.nick) && !state.find(member.nick))
    .map(member => ({
      key: `member ${member.nick}`, title: cleanName(member.nick), hint: 'talk to',
      run: () => void client.talkTo(member.nick),
    }))
}

function pageChoices(): Choice[] {
  const page = (title: string, hint: string, run: () => void) =>
    ({key: `page ${title}`, title, hint, run})
  const open = (which: 'search' | 'settings' | 'rooms') => () => {
    if (which === 'rooms') client.listRooms()
    dialog.value = which
  }
  return [
    ...(client.has('soju.im/search') ? [page('Search', 'what was said', open('search'))] : []),
    page('All rooms', 'of this server', open('rooms')),
    page('Settings', 'theme, notifications', open('settings')),
  ]
}

// Those that begin with the letters come before those that have them inside.
function choicesFor(typed: string): Choice[] {
  const words = typed.trim().toLowerCase()
  const place = (choice: Choice) => choice.title.toLowerCase().replace(/^[#&]/, '').indexOf(
    words.replace(/^[#&]/, ''))
  const all = [...roomChoices(), ...(words ? memberChoices() : []), ...pageChoices()]
  const found = words ? all.filter(choice => place(choice) >= 0) : all
  const sorted = words ? found.sort((a, b) => Math.min(place(a), 1) - Math.min(place(b), 1)) : found
  const shown = sorted.slice(0, MOST_SHOWN)
  const name = state.isupport.isRoom(words) ? typed.trim() : `#${typed.trim()}`
  if (words && !/[\s,]/.test(words) && !state.find(name)) {
    shown.push({key: 'join', title: `Join ${cleanName(name)}`, hint: 'go there, or found it',
                run: () => client.join(name)})
  }
  return shown
}

export function Palette() {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  const choices = choicesFor(typed)
  const current = Math.min(at, choices.length - 1)
  // Who types fast presses Enter before what he typed was drawn.
  const chosen = (now: string) => now === typed ? choices[current] : choicesFor(now)[0]
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({block: 'nearest'})
  }, [current])
  const choose = (choice: Choice | undefined) => {
    if (!choice) return
    dialog.value = null
    choice.run()
    focusComposer()
  }
  const take = (event: KeyboardEvent, now: string) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step) setAt((current + step + choices.length) % choices.length)
    else if (event.key === 'Enter') choose(chosen(now))
    else return
    event.preventDefault()
  }
  return (
    <>
      <input autofocus role="combobox" aria-label="A room, a person, a page" aria-expanded="true"
        aria-controls="choices" aria-activedescendant={`choice-${current}`} autocomplete="off"
        spellcheck={false} placeholder="A room, a person, a page" 
        onKeyDown={event => take(event, event.currentTarget.value)}
        onInput={event => { setTyped(event.currentTarget.value); setAt(0) }} />
      <ul id="choices" role="listbox" ref={list} class="choices" aria-label="Choices">
        {choices.map((choice, i) => (
          <li key={choice.key} id={`choice-${i}`} role="option" aria-selected={i === current}
            onClick={() => choose(choice)}>
            <bdi class="name">{choice.title}</bdi> <span class="hint">{choice.hint}</span>
          </li>
        ))}
      </ul>
      {!choices.length && <p class="hint">Nothing has this name.</p>}
    </>
  )
}
