// ChatClient: one person's connection to the chat: it registers, comes back after a loss, speaks,
// and has what it hears put into its state.
import {computed, signal} from '@preact/signals'
import {splitBytes} from '../base/text.ts'
import {Batches, isBatch, type Batch} from './batches.ts'
import {ChatState, type Found} from './chat_state.ts'
import {History} from './history.ts'
import {takeLine} from './incoming.ts'
import {spokenOf} from './incoming_messages.ts'
import {formatLine, formatTags, parseLine, type Line} from './line.ts'
import {Link, type World} from './link.ts'
import {Registration, type Identity, type Refusal} from './registration.ts'
import {makeMessage, type Room} from './room.ts'

// Where the person stands: he is asked for his name; nobody answers yet; all is well; it was, and
// will be again.
export type Phase = 'asking' | 'connecting' | 'online' | 'waiting'

const MOST_LABELS = 500
const SEARCH_RESULTS = 50
const LINE_BYTES = 512
const ROOMS_A_LINE = 6
const LINE_PARTS = 30  // ":!@ PRIVMSG  :\r\n" and what a server may add

export class ChatClient {
  readonly state = new ChatState()
  readonly link: Link
  readonly history = new History(this)
  readonly refusal = signal<Refusal | null>(null)
  readonly lossReason = signal('')
  // Rooms to be in: those that are, or will be after a reconnect.
  readonly wanted = signal<readonly string[]>([])
  // Has the server let this person in, since he was asked for his name?
  readonly wasWelcome = signal(false)
  private readonly isOnline = signal(false)
  readonly phase = computed<Phase>(() => {
    const {kind} = this.link.state.value
    if (kind === 'closed') return 'asking'
    if (this.isOnline.value) return 'online'
    return kind === 'waiting' ? 'waiting' : 'connecting'
  })

  // What he wants to be called: where it is in use, he has another name for a while.
  readonly chosenNick = signal('')
  private identity: Identity = {nick: '', account: '', password: '', serverPassword: ''}
  private registration: Registration | null = null
  private readonly batches = new Batches()
  private readonly labels = new Map<string, {room: Room, key: string}>()
  private nextLabel = 0
  private toShow = ''
  private userAndHost = ''

  constructor(world: World) {
    this.link = new Link(world, {
      opened: () => this.opened(),
      line: text => this.heard(text),
      lost: why => this.lost(why),
      silent: () => this.isOnline.value && this.send('PING', 'patchbay'),
    })
  }

  // `show`: the room to be seen when it is there.
  connect(identity: Identity, rooms: readonly string[], show: string): void {
    this.identity = identity
    this.chosenNick.value = identity.nick
    this.wanted.value = rooms
    this.toShow = show
    this.refusal.value = null
    this.lossReason.value = ''
    this.link.start()
  }
  disconnect(): void {
    this.send('QUIT')
    this.lost('')
    this.link.stop()
    this.wasWelcome.value = false
    this.state.reset()
  }

  has(capability: string): boolean {
    return this.registration?.enabled.has(capability) ?? false
  }
  // False when there is no connection.
  send(command: string, ...params: string[]): boolean {
    return this.link.send(formatLine(command, params))
  }

  // --- what a person does ---

  // False: nothing was sent, since there is no connection.
  say(room: Room, text: string, isAction = false): boolean {
    if (!this.isOnline.value) return false
    for (const line of text.split(/\r\n|\r|\n/)) {
      if (!line.trim()) continue
      for (const piece of splitBytes(line, this.roomFor(room.name, isAction))) {
        this.sayPiece(room, piece, isAction)
      }
    }
    return true
  }
  sayAgain(room: Room, key: string): void {
    const message = room.messages.find(one => one.key === key)
    if (!message || !this.isOnline.value) return
    room.remove(key)
    this.sayPiece(room, message.text, message.kind === 'action')
  }

  join(name: string, password = ''): void {
    const found = this.state.find(name)
    if (found && (found.isJoined.value || found.kind === 'person')) {
      this.state.show(found)
      return
    }
    this.toShow = name
    this.send('JOIN', ...(password ? [name, password] : [name]))
  }
  // Goes out of it, or ends a talk with a person; it is not shown any more.
  leave(room: Room, why = ''): void {
    if (room.kind === 'room' && room.isJoined.value) {
      this.send('PART', ...(why ? [room.name, why] : [room.name]))
    }
    this.forget(room.name)
    this.state.close(room)
  }
  talkTo(nick: string): Room | null {
    const room = this.state.open(nick)
    if (!room) return null
    if (room.history.value === 'unknown') this.history.begin(room)
    this.state.show(room)
    return room
  }
  search(words: string, room: Room | null): void {
    const place = room && room.kind !== 'server' ? room.name : null
    this.state.search.value = {words, room: place, isRunning: true, found: [], error: ''}
    const attributes: [string, string][] =
      [['text', words], ...(place ? [['in', place] as [string, string]] : []),
       ['limit', String(SEARCH_RESULTS)]]
    const sent = this.send('SEARCH', formatTags(attributes))
    if (!sent) this.searchFailed('There is no connection to the server.')
  }
  listRooms(): void {
    this.state.list.value = {isRunning: this.send('LIST'), rooms: []}
  }

  // --- what the incoming lines need ---

  joined(room: Room): void {
    if (!this.wanted.value.some(name => this.state.find(name) === room)) {
      this.wanted.value = [...this.wanted.value, room.name]
    }
    this.history.begin(room)
    const isAwaited = this.state.isupport.fold(this.toShow) === room.key
    if (isAwaited || this.state.current.value === this.state.server) this.state.show(room)
    if (isAwaited) this.toShow = ''
  }
  left(room: Room): void {
    this.forget(room.name)
  }
  renamed(nick: string): void {
    this.state.nick.value = nick
    this.chosenNick.value = nick
    this.identity = {...this.identity, nick}
  }
  // The server has taken what was said: its echo stands for it.
  answered(label: string | undefined): void {
    const waiting = this.takeLabel(label)
    if (waiting) waiting.room.remove(waiting.key)
  }
  failed(label: string | undefined, why: string, about: Room | null = null): void {
    const waiting = this.takeLabel(label)
    if (waiting) {
      waiting.room.replace(waiting.key, {state: 'failed', why})
    } else {
      this.state.tell(about ?? this.state.current.value, why, {kind: 'error'})
    }
  }
  searchFailed(error: string): void {
    const search = this.state.search.value
    if (search) this.state.search.value = {...search, isRunning: false, error}
  }

  // --- the connection ---

  private opened(): void {
    this.batches.clear()
    this.registration = new Registration(this.identity, !this.wasWelcome.value,
                                         (command, ...params) => this.send(command, ...params))
    this.registration.begin()
  }

  private heard(text: string): void {
    const line = parseLine(text)
    if (!line) return
    const end = this.isOnline.value && line.command !== 'CAP' ? null : this.registration?.take(line)
    if (end?.welcome) this.welcome(line)
    if (end && !end.welcome) {
      this.refusal.value = end.refusal
      this.link.stop()
      this.wasWelcome.value = false
      return
    }
    const isEarlier = !this.isOnline.value && line.command !== 'PING' && line.command !== 'NOTICE'
    if (isEarlier || line.command === 'CAP') return
    // What stands in a batch may be old.
    const time = Date.parse(line.tags.get('time') ?? '')
    if (!line.tags.has('batch') && Number.isFinite(time)) this.state.heardTime(time)
    const taken = this.batches.take(line)
    if (!taken) return
    if (isBatch(taken)) this.takeBatch(taken)
    else this.takeOne(taken)
  }

  private takeOne(line: Line): void {
    if (line.source && this.state.isMe(line.source.nick) && line.source.user) {
      this.userAndHost = `${line.source.user}@${line.source.host}`
    }
    takeLine(this, line)
  }

  private takeBatch(batch: Batch): void {
    if (batch.type === 'chathistory') this.history.take(batch)
    else if (batch.type === 'soju.im/search') this.takeFound(batch)
    else batch.lines.forEach(line => this.takeOne(withLabel(line, batch.label)))
  }

  private takeFound(batch: Batch): void {
    const search = this.state.search.value
    if (!search) return
    const found: Found[] = []
    for (const line of batch.lines) {
      const spoken = spokenOf(this.state, line)
      if (spoken) found.push({room: spoken.place, message: spoken.message})
    }
    found.sort((a, b) => b.message.time - a.message.time)
    this.state.search.value = {...search, isRunning: false, found}
  }

  private welcome(line: Line): void {
    this.isOnline.value = true
    this.wasWelcome.value = true
    this.lossReason.value = ''
    this.link.settled()
    this.state.nick.value = line.params[0] ?? this.identity.nick
    for (let at = 0; at < this.wanted.value.length; at += ROOMS_A_LINE) {
      this.send('JOIN', this.wanted.value.slice(at, at + ROOMS_A_LINE).join(','))
    }
    for (const room of this.state.rooms.value) {
      if (room.kind === 'person') this.history.begin(room)
    }
  }

  private lost(why: string): void {
    this.isOnline.value = false
    this.lossReason.value = why
    for (const {room, key} of this.labels.values()) {
      room.replace(key, {state: 'failed', why: 'The connection was lost before the server had it.'})
    }
    this.labels.clear()
    this.history.forget()
    this.searchFailed('The connection was lost.')
    for (const room of this.state.rooms.value) {
      room.resumeFrom ??= room.newest()
      room.isJoined.value = false
    }
  }

  // --- details ---

  private sayPiece(room: Room, text: string, isAction: boolean): void {
    const words = isAction ? `\x01ACTION ${text}\x01` : text
    const isEchoed = this.has('echo-message')
    const message = makeMessage({
      time: this.state.now(), nick: this.state.nick.value, text, isOwn: true,
      kind: isAction ? 'action' : 'text',
    })
    if (!isEchoed) {
      room.add(message)
      this.send('PRIVMSG', room.name, words)
      return
    }
    if (!this.has('labeled-response')) {
      this.send('PRIVMSG', room.name, words)
      return
    }
    const label = `p${++this.nextLabel}`
    room.add({...message, state: 'pending'})
    if (this.labels.size >= MOST_LABELS) this.labels.delete(this.labels.keys().next().value ?? '')
    this.labels.set(label, {room, key: message.key})
    this.link.send(formatLine('PRIVMSG', [room.name, words], [['label', label]]))
  }

  private takeLabel(label: string | undefined): {room: Room, key: string} | null {
    const waiting = label === undefined ? undefined : this.labels.get(label)
    if (label !== undefined) this.labels.delete(label)
    return waiting ?? null
  }

  // Bytes of text that reach the others uncut.
  private roomFor(target: string, isAction: boolean): number {
    const most = this.state.isupport.number('LINELEN', LINE_BYTES)
    const own = this.state.nick.value.length + (this.userAndHost.length || 75)
    return Math.max(64, most - LINE_PARTS - own - target.length - (isAction ? 9 : 0))
  }

  private forget(name: string): void {
    const key = this.state.isupport.fold(name)
    this.wanted.value = this.wanted.value.filter(other => this.state.isupport.fold(other) !== key)
  }
}

function withLabel(line: Line, label: string | null): Line {
  return label === null ? line : {...line, tags: new Map(line.tags).set('label', label)}
}
