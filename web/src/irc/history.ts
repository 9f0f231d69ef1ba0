// History: asks the server for what was said before (IRCv3 draft/chathistory) and finds its place.
// One question a room at a time.
import type {Batch} from './batches.ts'
import type {ChatClient} from './chat_client.ts'
import {spokenOf} from './incoming_messages.ts'
import type {Message, Room} from './room.ts'

type Question = 'latest' | 'older' | 'missed'

const PAGE = 100
const MOST_MISSED_PAGES = 5

export class History {
  private readonly asked = new Map<string, Question>()

  constructor(private readonly client: ChatClient) {}

  get isThere(): boolean {
    return this.client.has('draft/chathistory')
  }

  // After a connection is lost nothing is answered any more.
  forget(): void {
    for (const key of this.asked.keys()) {
      const room = this.client.state.rooms.value.find(one => one.key === key)
      if (room?.history.value === 'loading') room.history.value = 'unknown'
    }
    this.asked.clear()
  }

  // On coming into a room: what was missed since, or the latest.
  begin(room: Room): void {
    if (!this.isThere) {
      room.history.value = 'whole'
      return
    }
    room.resumePages = 0
    if (room.resumeFrom) {
      this.ask(room, 'missed', 'AFTER', this.reference(room.resumeFrom))
    } else {
      this.ask(room, 'latest', 'LATEST', '*')
    }
  }

  // False: nobody was asked.
  older(room: Room): boolean {
    const isIdle = room.history.value === 'more' || room.history.value === 'unknown'
    if (!this.isThere || !isIdle) return false
    const oldest = room.oldest()
    return oldest ? this.ask(room, 'older', 'BEFORE', this.reference(oldest))
      : this.ask(room, 'latest', 'LATEST', '*')
  }

  take(batch: Batch): void {
    const room = this.client.state.find(batch.params[0] ?? '')
    const question = room ? this.asked.get(room.key) : undefined
    if (!room || !question) return
    this.asked.delete(room.key)
    const messages = batch.lines
      .map(line => spokenOf(this.client.state, line)?.message)
      .filter((message): message is Message => message !== undefined)
    if (question === 'missed') {
      this.takeMissed(room, messages)
      return
    }
    const fresh = room.addOlder(messages)
    room.history.value = fresh > 0 ? 'more' : 'whole'
  }

  // The server refuses: the message that was asked about is gone, or there is no history.
  // Where it does not say which, it is the only one.
  refused(about: Room | null): void {
    const only = this.asked.size === 1 ? this.asked.keys().next().value : undefined
    const room = about ?? this.client.state.rooms.value.find(one => one.key === only)
    if (!room) return
    const question = this.asked.get(room.key)
    this.asked.delete(room.key)
    room.history.value = 'whole'
    if (question !== 'missed') return
    room.resumeFrom = null
    this.ask(room, 'latest', 'LATEST', '*')
  }

  private takeMissed(room: Room, messages: Message[]): void {
    for (const message of messages) this.client.state.receive(room, message)
    const last = messages.at(-1)
    room.resumeFrom = null
    room.history.value = 'more'
    if (!last || messages.length < this.pageSize) return
    if (++room.resumePages < MOST_MISSED_PAGES) {
      this.ask(room, 'missed', 'AFTER', this.reference(last))
      return
    }
    // Too much was missed to fetch all of it: it begins anew with the latest.
    room.clear()
    this.ask(room, 'latest', 'LATEST', '*')
  }

  private get pageSize(): number {
    return Math.min(PAGE, this.client.state.isupport.number('CHATHISTORY', PAGE))
  }

  private reference(message: Message): string {
    const types = this.client.state.isupport.get('MSGREFTYPES')?.split(',') ?? ['msgid']
    if (message.id !== null && types.includes('msgid')) return `msgid=${message.id}`
    return `timestamp=${new Date(message.time).toISOString()}`
  }

  private ask(room: Room, question: Question, verb: string, reference: string): boolean {
    if (this.asked.has(room.key)) return false
    const words = [verb, room.name, reference, String(this.pageSize)]
    if (!this.client.send('CHATHISTORY', ...words)) return false
    this.asked.set(room.key, question)
    room.history.value = 'loading'
    return true
  }
}
