// Composer: where one writes. Enter sends, Shift-Enter makes a line, Tab completes, the arrows
// bring back what was sent.
import {useEffect, useRef, useState} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import {runTyped} from '../irc/commands.ts'
import {Completion} from '../irc/completion.ts'
import type {Room} from '../irc/room.ts'
import {Icon} from './icons.tsx'
import {client, state} from './page.ts'

const MOST_KEPT = 100
const MANY_LINES = 5
const TALLEST = 160  // pixels
const sent: string[] = []

function hintOf(room: Room): string {
  if (room.kind === 'server') return 'Type /join #room to go into a room'
  return `Message to ${cleanName(room.name)}`
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto'
  field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST)}px`
}

function put(field: HTMLTextAreaElement, text: string, cursor = text.length): void {
  field.value = text
  field.setSelectionRange(cursor, cursor)
  fit(field)
}

export function Composer() {
  const room = state.current.value
  const field = useRef<HTMLTextAreaElement>(null)
  const completion = useRef(new Completion())
  const back = useRef({steps: 0, typed: ''})
  const confirmed = useRef('')
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    const input = field.current
    if (!input) return
    put(input, room.draft)
    setTrouble('')
    return () => {
      room.draft = input.value
    }
  }, [room])

  const send = () => {
    const input = field.current
    const text = input?.value.replace(/\s+$/, '') ?? ''
    if (!input || !text.trim()) return
    const lines = text.split('\n').filter(line => line.trim()).length
    if (lines > MANY_LINES && !text.startsWith('/') && confirmed.current !== text) {
      confirmed.current = text
      setTrouble(`These are ${lines} messages. Press Enter again to send all of them.`)
      return
    }
    const wrong = runTyped(client, room, text)
    setTrouble(wrong ?? '')
    if (wrong) return
    sent.push(text)
    if (sent.length > MOST_KEPT) sent.shift()
    back.current = {steps: 0, typed: ''}
    room.firstUnread.value = null
    room.followsEnd = true
    put(input, '')
  }

  // By 1 to what was sent before, by -1 to what was sent after it.
  const goBack = (input: HTMLTextAreaElement, by: number): boolean => {
    const edge = by > 0 ? input.value.slice(0, input.selectionStart)
      : input.value.slice(input.selectionEnd)
    const steps = back.current.steps + by
    if (edge.includes('\n') || steps < 0 || steps > sent.length) return false
    if (back.current.steps === 0) back.current.typed = input.value
    back.current.steps = steps
    put(input, steps === 0 ? back.current.typed : sent[sent.length - steps] ?? '')
    return true
  }
  const complete = (input: HTMLTextAreaElement): boolean => {
    if (input.selectionStart !== input.selectionEnd) return false
    const completed = completion.current.next(state, room, input.value, input.selectionStart)
    if (completed) put(input, completed.text, completed.cursor)
    return completed !== null
  }
  const take = (event: KeyboardEvent, input: HTMLTextAreaElement): boolean => {
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey
    if (!isPlain || event.isComposing) return false
    switch (event.key) {
      case 'Enter':
        send()
        return true
      case 'Tab': return complete(input)
      case 'ArrowUp': return goBack(input, 1)
      case 'ArrowDown': return goBack(input, -1)
      default: return false
    }
  }
  const isShut = room.kind === 'room' && !room.isJoined.value
  return (
    <form class="composer" onSubmit={event => { event.preventDefault(); send() }}>
      {trouble && <p class="wrong" role="alert">{trouble}</p>}
      <div class="row">
        <textarea ref={field} id="composer" rows={1} aria-label={hintOf(room)} enterkeyhint="send"
          placeholder={isShut ? `You are not in ${cleanName(room.name)}` : hintOf(room)}
          onInput={event => { fit(event.currentTarget); setTrouble('') }}
          onKeyDown={event => { if (take(event, event.currentTarget)) event.preventDefault() }} />
        <button class="main" title="Send">
          <Icon name="send" /><span class="unseen">Send</span>
        </button>
      </div>
    </form>
  )
}

