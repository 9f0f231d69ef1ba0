// MessageLog: the messages of the room. It draws a page of them and more as one scrolls up, stays
// at the end where the reader is there, and keeps its place where he is not.
import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks'
import {dayOf} from '../base/time.ts'
import {cleanName} from '../base/text.ts'
import type {Room} from '../irc/room.ts'
import {Icon} from './icons.tsx'
import {logItems, type LogItem} from './log_items.ts'
import {EventsView, MessageView} from './message_view.tsx'
import {client, showsPresence, state, wanted} from './page.ts'

const PAGE = 150
const NEAR = 60  // pixels from the end that still are the end
const EARLY = 400  // pixels below the beginning at which more is fetched

function ItemView({item}: {item: LogItem}) {
  switch (item.kind) {
    case 'day': return <li class="day"><h2>{dayOf(item.time, state.now())}</h2></li>
    case 'new': return <li class="day new"><h2>New</h2></li>
    case 'said': return <MessageView message={item.message} isNamed={item.isNamed} />
    case 'events': return <EventsView messages={item.messages} />
  }
}

function Beginning({room, isMore, more}: {room: Room, isMore: boolean, more: () => void}) {
  const history = room.history.value
  if (history === 'loading') return <p class="beginning" role="status">Loading…</p>
  if (isMore || history === 'more') {
    return <p class="beginning"><button onClick={more}>Show earlier messages</button></p>
  }
  if (room.kind === 'server') return null
  const name = <bdi>{cleanName(room.name)}</bdi>
  if (room.kind === 'person') {
    return <p class="beginning">This is the beginning of your talk with {name}.</p>
  }
  if (!room.isJoined.value) {
    return (
      <p class="beginning">You are not in {name}.{' '}
        <button onClick={() => client.join(room.name)}>Join it</button>
      </p>
    )
  }
  return (
    <p class="beginning">
      This is the beginning of {name}.
      {room.messages.length < 3 && ' Write something below: everybody in the room reads it.'}
    </p>
  )
}

function Log({room}: {room: Room}) {
  void room.revision.value
  const [most, setMost] = useState(PAGE)
  const [isAtEnd, setAtEnd] = useState(true)
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef({height: 0, first: ''})
  const all = showsPresence.value
    ? room.messages : room.messages.filter(message => message.kind !== 'presence')
  const seen = all.slice(-most)
  const isMore = seen.length < all.length
  const items = logItems(seen, room.firstUnread.value)
  const more = () => {
    if (isMore || client.history.older(room)) setMost(count => count + PAGE)
  }

  useLayoutEffect(() => {
    const view = box.current
    if (!view) return
    const first = seen[0]?.key ?? ''
    if (room.followsEnd) {
      view.scrollTop = view.scrollHeight
    } else if (first !== drawn.current.first) {
      view.scrollTop += view.scrollHeight - drawn.current.height
    }
    drawn.current = {height: view.scrollHeight, first}
  })
  useEffect(() => {
    const view = box.current
    if (!view) return
    // Less than a screenful: nobody can scroll, so nobody would ask for more.
    if (room.history.value === 'more' && view.scrollHeight <= view.clientHeight) more()
  })
  useEffect(() => {
    const view = box.current
    if (!view) return
    const observer = new ResizeObserver(() => {
      if (room.followsEnd) view.scrollTop = view.scrollHeight
    })
    observer.observe(view)
    return () => {
      observer.disconnect()
      room.followsEnd = true
    }
  }, [room])
  useEffect(() => {
    const id = wanted.value
    const at = id === null ? -1 : all.findIndex(message => message.id === id)
    if (at < 0 || id === null) return
    if (all.length - at > most) {
      setMost(all.length - at + PAGE)
      return
    }
    wanted.value = null
    room.followsEnd = false
    const line = box.current?.querySelector(`[data-id="${CSS.escape(id)}"]`)
    line?.scrollIntoView({block: 'center'})
    line?.classList.add('found')
  }, [wanted.value, most, all.length])

  const scrolled = () => {
    const view = box.current
    if (!view) return
    const atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR
    room.followsEnd = atEnd
    setAtEnd(atEnd)
    if (atEnd && most > PAGE) setMost(PAGE)
    if (!atEnd && view.scrollTop < EARLY && (isMore || room.history.value === 'more')) more()
  }
  const toEnd = () => {
    room.followsEnd = true
    setMost(PAGE)
    setAtEnd(true)
    box.current?.scrollTo({top: box.current.scrollHeight})
  }
  return (
    <div class="log-frame">
      <div ref={box} class="log" role="log" aria-live="off" tabIndex={0} onScroll={scrolled}
        aria-label={`Messages: ${room.kind === 'server' ? 'server' : cleanName(room.name)}`}>
        <Beginning room={room} isMore={isMore} more={more} />
        <ol>{items.map(item => <ItemView key={item.key} item={item} />)}</ol>
      </div>
      {!isAtEnd && (
        <button class="to-end" onClick={toEnd}><Icon name="down" /> To the latest</button>
      )}
    </div>
  )
}

export function MessageLog() {
  const room = state.current.value
  return <Log key={`${room.kind} ${room.key}`} room={room} />
}
