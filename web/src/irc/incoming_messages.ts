// What people say: PRIVMSG and NOTICE, as they come, from the history and as what a search finds.
import type {ChatState} from './chat_state.ts'
import type {Line} from './line.ts'
import {makeMessage, type Message, type MessageKind} from './room.ts'

export interface Spoken {
  place: string  // the name of the room, or of the person that is talked with
  message: Message
  isFromServer: boolean
}

export function timeOf(state: ChatState, line: Line): number {
  const time = Date.parse(line.tags.get('time') ?? '')
  return Number.isFinite(time) ? time : state.now()
}

// "\x01ACTION waves\x01" is what "/me waves" sends. Null: a question between programs.
function kindAndText(command: string, text: string): [MessageKind, string] | null {
  if (text.startsWith('\x01')) {
    const action = /^\x01ACTION ?([^\x01]*)\x01?$/.exec(text)
    return action ? ['action', action[1] ?? ''] : null
  }
  return [command === 'NOTICE' ? 'notice' : 'text', text]
}

// Null for what is no message that anybody reads.
export function spokenOf(state: ChatState, line: Line): Spoken | null {
  if (line.command !== 'PRIVMSG' && line.command !== 'NOTICE') return null
  if (line.params.length < 2) return null
  const [target = '', text = ''] = line.params
  const said = kindAndText(line.command, text)
  if (!said) return null
  const nick = line.source?.nick ?? ''
  const isFromServer = !line.source?.user && (nick === '' || nick.includes('.'))
  const isOwn = !isFromServer && state.isMe(nick)
  // "@#room" is for the operators of the room.
  const name = target.replace(/^[~&@%+]+(?=[#&])/, '')
  const place = state.isupport.isRoom(name) ? name : isOwn ? target : nick
  const message = makeMessage({
    id: line.tags.get('msgid') ?? null,
    time: timeOf(state, line),
    kind: said[0],
    nick,
    text: said[1],
    isOwn,
    isMention: !isOwn && state.isMention(said[1]),
  })
  return {place, message, isFromServer}
}
