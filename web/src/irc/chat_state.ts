// ChatState: the rooms of one connection, and what is known of oneself.
import {computed, signal} from '@preact/signals'
import {mentions} from '../base/text.ts'
import {plainOf} from './format.ts'
import {Isupport} from './isupport.ts'
import {isSaid, makeMessage, Room, type Message, type RoomKind} from './room.ts'

export interface Found {
  room: string
  message: Message
}
export interface SearchState {
  words: string
  room: string | null  // null: everywhere
  isRunning: boolean
  found: readonly Found[]
  error: string
}
export interface ListedRoom {
  name: string
  people: number
  topic: string
}
export interface ListState {
  isRunning: boolean
  rooms: readonly ListedRoom[]
}

const MOST_PERSONS = 200
const ORDER: Record<RoomKind, number> = {room: 0, person: 1, server: 2}

export class ChatState {
  isupport = new Isupport()
  readonly server = new Room('', 'Server', 'server')
  readonly nick = signal('')
  readonly account = signal('')
  readonly network = signal('')
  readonly isAway = signal(false)
  readonly rooms = signal<readonly Room[]>([this.server])
  readonly current = signal<Room>(this.server)
  // Somebody looks at the page.
  readonly isSeen = signal(true)
  readonly search = signal<SearchState | null>(null)
  readonly list = signal<ListState | null>(null)
  readonly mentions = computed(
    () => this.rooms.value.reduce((sum, room) => sum + room.mentions.value, 0))

  // What the server's clock shows is that much later than what ours does, in milliseconds.
  private ahead = 0

  // By the server's clock: what happens here stands in the right place among what others said.
  now(): number {
    return Date.now() + this.ahead
  }
  heardTime(time: number): void {
    this.ahead = time - Date.now()
  }

  find(name: string): Room | null {
    const key = this.isupport.fold(name)
    return this.rooms.value.find(room => room.key === key && room.kind !== 'server') ?? null
  }

  // Null where there are too many already: strangers must not fill the page with themselves.
  open(name: string): Room | null {
    const found = this.find(name)
    if (found) return found
    const kind = this.isupport.isRoom(name) ? 'room' : 'person'
    const persons = this.rooms.value.filter(room => room.kind === 'person').length
    if (kind === 'person' && persons >= MOST_PERSONS) return null
    const room = new Room(this.isupport.fold(name), name, kind)
    this.rooms.value = [...this.rooms.value, room].sort(
      (a, b) => ORDER[a.kind] - ORDER[b.kind] || (a.key < b.key ? -1 : 1))
    return room
  }

  close(room: Room): void {
    const rooms = this.rooms.value
    const at = rooms.indexOf(room)
    if (room.kind === 'server' || at < 0) return
    this.rooms.value = rooms.filter(other => other !== room)
    const next = this.rooms.value[Math.min(at, this.rooms.value.length - 1)]
    if (this.current.value === room && next) this.show(next)
  }

  // Whoever comes next does not read what was said here.
  reset(): void {
    this.server.clear()
    this.rooms.value = [this.server]
    this.current.value = this.server
    this.search.value = null
    this.list.value = null
    this.account.value = ''
    this.isAway.value = false
  }

  show(room: Room): void {
    const unread = room.unread.value
    const others = room.messages.filter(message => isSaid(message) && !message.isOwn)
    room.firstUnread.value = unread ? others.at(-unread)?.key ?? null : null
    this.current.value = room
    if (this.isSeen.value) room.markSeen()
  }

  isMe(nick: string): boolean {
    return this.isupport.fold(nick) === this.isupport.fold(this.nick.value)
  }

  // A message that comes now; an old one of the history counts as unread only after a reconnect.
  receive(room: Room, message: Message): void {
    if (!room.add(message) || message.isOwn || !isSaid(message)) return
    if (room === this.current.value && this.isSeen.value) return
    if (room.unread.value === 0 && room === this.current.value) room.firstUnread.value = message.key
    ++room.unread.value
    if (message.isMention || room.kind === 'person') ++room.mentions.value
  }

  tell(room: Room, text: string, more: Partial<Message> = {}): void {
    room.add(makeMessage({kind: 'event', text, time: this.now(), ...more}))
  }

  isMention(text: string): boolean {
    return mentions(plainOf(text), this.nick.value)
  }

  // Those whose list has this person, and his own.
  roomsWith(nick: string): Room[] {
    const key = this.isupport.fold(nick)
    return this.rooms.value.filter(room => room.members.has(key) || room.key === key)
  }
}
