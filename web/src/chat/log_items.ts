// What a log shows of a room's messages: days between them, what one person says in a row under one
// name, events in a row in one paragraph.
import {dayKey} from '../base/time.ts'
import {isSaid, type Message} from '../irc/room.ts'

export type LogItem =
  | {kind: 'day', key: string, time: number}
  | {kind: 'new', key: string}
  | {kind: 'said', key: string, message: Message, isNamed: boolean}
  | {kind: 'events', key: string, messages: Message[]}

const SAME_BREATH = 5 * 60_000  // milliseconds

export function logItems(messages: readonly Message[], firstUnread: string | null): LogItem[] {
  const items: LogItem[] = []
  let day = ''
  for (const message of messages) {
    const today = dayKey(message.time)
    if (today !== day) items.push({kind: 'day', key: `day ${today}`, time: message.time})
    day = today
    if (message.key === firstUnread) items.push({kind: 'new', key: 'new'})
    const last = items.at(-1)
    if (isSaid(message) || message.kind === 'error') {
      const goesOn = last?.kind === 'said' && last.message.nick === message.nick &&
        last.message.kind === message.kind && message.kind === 'text' &&
        message.time - last.message.time < SAME_BREATH
      items.push({kind: 'said', key: message.key, message, isNamed: !goesOn})
    } else if (last?.kind === 'events') {
      last.messages.push(message)
    } else {
      items.push({kind: 'events', key: message.key, messages: [message]})
    }
  }
  return items
}
