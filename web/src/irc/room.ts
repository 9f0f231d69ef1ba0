// Room: what is known of one place to talk: a room with members, one other person, or the server.
// No DOM and no network: others put things in, and whoever shows it follows its signals.
import {signal} from '@preact/signals'

export interface Member {
  nick: string
  signs: string  // "@+", the highest first
  account: string | null
  isAway: boolean
}

// Events are what happens in a room: somebody comes, the topic changes. Presence is the part of
// them that nobody misses in a large room.
export type MessageKind = 'text' | 'action' | 'notice' | 'event' | 'presence' | 'error'

export interface Message {
  key: string  // within this page
  id: string | null  // of the server's history
  time: number
  kind: MessageKind
  nick: string  // empty: the server
  text: string
  isOwn: boolean
  isMention: boolean
  state: 'sent' | 'pending' | 'failed'
  why: string  // it failed
}

export type RoomKind = 'room' | 'person' | 'server'
// Older messages than those that are here: not asked for yet, asked for, there are some, there are
// none.
export type HistoryState = 'unknown' | 'loading' | 'more' | 'whole'

export const MOST_MESSAGES = 2000
const DROPPED_AT_ONCE = 500
let nextKey = 0

export function makeMessage(given: Partial<Message> & {text: string, time: number}): Message {
  return {
    key: `m${++nextKey}`, id: null, kind: 'text', nick: '', isOwn: false, isMention: false,
    state: 'sent', why: '', ...given,
  }
}

// It was said by somebody, and not only told by the server.
export function isSaid(message: Message): boolean {
  return message.kind === 'text' || message.kind === 'action' || message.kind === 'notice'
}

export class Room {
  // By their folded names.
  readonly members = new Map<string, Member>()
  messages: Message[] = []
  // Grow when the messages, or the members, are not what they were.
  readonly revision = signal(0)
  readonly presence = signal(0)
  readonly topic = signal('')
  readonly topicBy = signal('')
  readonly isJoined = signal(false)
  readonly history = signal<HistoryState>('unknown')
  readonly unread = signal(0)
  readonly mentions = signal(0)
  // The first message that was not seen when the room was opened.
  readonly firstUnread = signal<string | null>(null)
  // Is the end of it in sight? Then old messages may go.
  followsEnd = true
  draft = ''
  // After a lost connection: the last message that had come by it.
  resumeFrom: Message | null = null
  resumePages = 0
  private readonly ids = new Set<string>()

  constructor(readonly key: string, public name: string, readonly kind: RoomKind) {}

  // False for a message that is here already. Messages are in the order of their times; of the same
  // time, in that of their coming.
  add(message: Message): boolean {
    if (message.id !== null) {
      if (this.ids.has(message.id)) return false
      this.ids.add(message.id)
    }
    let at = this.messages.length
    while (at > 0 && (this.messages[at - 1]?.time ?? 0) > message.time) --at
    this.messages.splice(at, 0, message)
    if (this.messages.length > MOST_MESSAGES && this.followsEnd) this.dropOldest()
    ++this.revision.value
    return true
  }

  // Of older ones; the number that is new. They come in their order.
  addOlder(older: readonly Message[]): number {
    const fresh = older.filter(message => message.id === null || !this.ids.has(message.id))
    for (const {id} of fresh) if (id !== null) this.ids.add(id)
    this.messages = [...fresh, ...this.messages]
      .map((message, i) => ({message, i}))
      .sort((a, b) => a.message.time - b.message.time || a.i - b.i)
      .map(({message}) => message)
    ++this.revision.value
    return fresh.length
  }

  replace(key: string, change: Partial<Message>): void {
    const at = this.messages.findIndex(message => message.key === key)
    const old = this.messages[at]
    if (!old) return
    this.messages[at] = {...old, ...change}
    if (change.id) this.ids.add(change.id)
    ++this.revision.value
  }
  remove(key: string): void {
    this.messages = this.messages.filter(message => message.key !== key)
    ++this.revision.value
  }
  clear(): void {
    this.messages = []
    this.ids.clear()
    this.history.value = 'unknown'
    ++this.revision.value
  }

  // That the server's history knows.
  oldest(): Message | null {
    return this.messages.find(message => message.id !== null) ?? null
  }
  newest(): Message | null {
    return this.messages.findLast(message => message.id !== null) ?? null
  }

  setMember(key: string, member: Member): void {
    this.members.set(key, member)
    ++this.presence.value
  }
  removeMember(key: string): boolean {
    const wasHere = this.members.delete(key)
    if (wasHere) ++this.presence.value
    return wasHere
  }

  markSeen(): void {
    this.unread.value = 0
    this.mentions.value = 0
  }

  private dropOldest(): void {
    for (const {id} of this.messages.splice(0, DROPPED_AT_ONCE)) {
      if (id !== null) this.ids.delete(id)
    }
    if (this.history.value === 'whole') this.history.value = 'more'
  }
}
