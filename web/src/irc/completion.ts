// Completion: what the word before the cursor may become: a command, a room or a name. Asked again
// it goes on to the next.
import {COMMANDS} from './commands.ts'
import type {ChatState} from './chat_state.ts'
import type {Room} from './room.ts'

export interface Completed {
  text: string
  cursor: number
}

// The members who have spoken last come first.
function namesOf(state: ChatState, room: Room): string[] {
  const recent = [...room.messages].reverse().map(message => message.nick)
  const all = [...room.members.values()].map(member => member.nick).sort()
  const others = room.kind === 'person' ? [room.name] : []
  return [...new Set([...recent.filter(nick => all.includes(nick)), ...all, ...others])]
    .filter(nick => !state.isMe(nick))
}

export class Completion {
  private last: {completed: Completed, candidates: string[], at: number, from: number,
                 rest: string} | null = null

  // Null where there is nothing to complete: then the key is somebody else's.
  next(state: ChatState, room: Room, text: string, cursor: number): Completed | null {
    if (this.last && this.last.completed.text === text && this.last.completed.cursor === cursor) {
      const {candidates, from, rest} = this.last
      return this.take(text, candidates, (this.last.at + 1) % candidates.length, from, rest)
    }
    const from = text.lastIndexOf(' ', cursor - 1) + 1
    const word = text.slice(from, cursor)
    if (!word) return null
    const candidates = this.candidates(state, room, word, from === 0)
    if (!candidates.length) return null
    return this.take(text, candidates, 0, from, text.slice(cursor))
  }

  private candidates(state: ChatState, room: Room, word: string, isFirst: boolean): string[] {
    const key = state.isupport.fold(word)
    const fits = (name: string) => state.isupport.fold(name).startsWith(key)
    if (isFirst && word.startsWith('/')) {
      return COMMANDS.map(({name}) => `/${name}`).filter(fits).map(name => `${name} `)
    }
    if (state.isupport.isRoom(word)) {
      const rooms = state.rooms.value.filter(one => one.kind === 'room').map(one => one.name)
      return rooms.filter(fits).map(name => `${name} `)
    }
    return namesOf(state, room).filter(fits).map(name => isFirst ? `${name}: ` : `${name} `)
  }

  private take(text: string, candidates: string[], at: number, from: number,
               rest: string): Completed {
    const whole = text.slice(0, from) + (candidates[at] ?? '')
    const completed = {text: whole + rest, cursor: whole.length}
    this.last = {completed, candidates, at, from, rest}
    return completed
  }
}
