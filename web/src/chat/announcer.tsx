// Announcer: reads new messages to those who do not see them, one announcement in five seconds.
import {useEffect, useState} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import {plainOf} from '../irc/format.ts'
import {isSaid, type Message} from '../irc/room.ts'
import {state} from './page.ts'

const PAUSE = 5000  // milliseconds
const MOST_CHARACTERS = 300

function wordsFor(fresh: readonly Message[]): string {
  const last = fresh.at(-1)
  if (!last) return ''
  const text = `${cleanName(last.nick)}: ${plainOf(last.text).slice(0, MOST_CHARACTERS)}`
  return fresh.length > 1 ? `${fresh.length} new messages. The last is by ${text}` : text
}

export function Announcer() {
  const room = state.current.value
  const [words, setWords] = useState('')
  useEffect(() => {
    let last = state.now()  // what was said before is no news
    let timer = 0
    let readyAt = 0
    const announce = () => {
      timer = 0
      const fresh = room.messages.filter(
        message => message.time > last && isSaid(message) && !message.isOwn)
      last = room.messages.at(-1)?.time ?? last
      if (!fresh.length) return
      readyAt = Date.now() + PAUSE
      setWords(wordsFor(fresh))
    }
    const stop = room.revision.subscribe(() => {
      timer ||= window.setTimeout(announce, Math.max(0, readyAt - Date.now()))
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [room])
  return <p class="unseen" aria-live="polite">{words}</p>
}
