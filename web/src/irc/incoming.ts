// What the server says, line by line, put into the state. One function a command.
import type {ChatClient} from './chat_client.ts'
import type {Line} from './line.ts'
import {spokenOf, timeOf} from './incoming_messages.ts'
import {NUMERICS} from './incoming_numerics.ts'
import type {MessageKind, Room} from './room.ts'

export type Take = (client: ChatClient, line: Line) => void

// Above so many members who comes and goes is no news: it is only seen in the list.
const SMALL_ROOM = 100

function tell(room: Room, client: ChatClient, line: Line, text: string,
              kind: MessageKind = 'event'): void {
  const nick = line.source?.nick ?? ''
  client.state.tell(room, text, {kind, nick, time: timeOf(client.state, line)})
}
function tellPresence(room: Room, client: ChatClient, line: Line, text: string): void {
  if (room.members.size <= SMALL_ROOM) tell(room, client, line, text, 'presence')
}
const because = (words: string | undefined) => words ? ` (${words})` : ''

function takeMessage(client: ChatClient, line: Line): void {
  const {state} = client
  const spoken = spokenOf(state, line)
  if (!spoken) return
  client.answered(line.tags.get('label'))
  const isForAll = spoken.place !== '' && state.isupport.isRoom(spoken.place)
  const isNotice = line.command === 'NOTICE'
  // A notice opens no room: it is an answer of a program, or of a server.
  const room = spoken.isFromServer && !isForAll ? null
    : isForAll || isNotice ? state.find(spoken.place) : state.open(spoken.place)
  state.receive(room ?? state.server, spoken.message)
}

function takeJoin(client: ChatClient, line: Line): void {
  const {state} = client
  const [name = '', account = '*'] = line.params
  const nick = line.source?.nick ?? ''
  if (state.isMe(nick)) {
    const room = state.open(name)
    if (!room) return
    room.name = name
    room.members.clear()
    room.isJoined.value = true
    client.joined(room)
  }
  const room = state.find(name)
  if (!room) return
  const known = account === '*' || account === '' ? null : account
  room.setMember(state.isupport.fold(nick), {nick, signs: '', account: known, isAway: false})
  if (!state.isMe(nick)) tellPresence(room, client, line, 'came in')
}

function leave(client: ChatClient, room: Room, nick: string): boolean {
  const wasHere = room.removeMember(client.state.isupport.fold(nick))
  if (!client.state.isMe(nick)) return wasHere
  room.isJoined.value = false
  room.members.clear()
  ++room.presence.value
  client.left(room)
  return wasHere
}

function takePart(client: ChatClient, line: Line): void {
  const [name = '', why] = line.params
  const room = client.state.find(name)
  const nick = line.source?.nick ?? ''
  if (!room) return
  tellPresence(room, client, line, `left${because(why)}`)
  leave(client, room, nick)
}

function takeKick(client: ChatClient, line: Line): void {
  const [name = '', nick = '', why] = line.params
  const room = client.state.find(name)
  if (!room) return
  tell(room, client, line, `put ${nick} out${because(why)}`)
  leave(client, room, nick)
}

function takeQuit(client: ChatClient, line: Line): void {
  const nick = line.source?.nick ?? ''
  const key = client.state.isupport.fold(nick)
  for (const room of client.state.roomsWith(nick)) {
    if (room.removeMember(key) || room.kind === 'person') {
      tellPresence(room, client, line, `left the chat${because(line.params[0])}`)
    }
  }
}

function takeNick(client: ChatClient, line: Line): void {
  const {state} = client
  const before = line.source?.nick ?? ''
  const [after = ''] = line.params
  const isMine = state.isMe(before)
  const key = state.isupport.fold(before)
  for (const room of state.roomsWith(before)) {
    const member = room.members.get(key)
    if (member) {
      room.members.delete(key)
      room.setMember(state.isupport.fold(after), {...member, nick: after})
    }
    if (room.kind === 'person') room.name = after
    tellPresence(room, client, line, `is now ${after}`)
  }
  if (isMine) client.renamed(after)
}

function takeTopic(client: ChatClient, line: Line): void {
  const [name = '', text = ''] = line.params
  const room = client.state.find(name)
  if (!room) return
  room.topic.value = text
  room.topicBy.value = line.source?.nick ?? ''
  tell(room, client, line, text ? `changed the topic: ${text}` : 'took the topic away')
}

// Of a room. The letters of a member become signs before his name.
function takeMode(client: ChatClient, line: Line): void {
  const {isupport} = client.state
  const [name = '', letters = '', ...rest] = line.params
  const room = client.state.find(name)
  if (!room || room.kind !== 'room') return
  const ranks = isupport.ranks()
  const params = [...rest]
  let isAdded = true
  for (const letter of letters) {
    if (letter === '+' || letter === '-') {
      isAdded = letter === '+'
      continue
    }
    const param = isupport.takesParameter(letter, isAdded) ? params.shift() ?? '' : ''
    const sign = ranks.find(([mode]) => mode === letter)?.[1]
    const key = isupport.fold(param)
    const member = room.members.get(key)
    if (!sign || !member) continue
    const has = new Set(member.signs)
    if (isAdded) has.add(sign)
    else has.delete(sign)
    const signs = ranks.map(([, one]) => one).filter(one => has.has(one)).join('')
    room.setMember(key, {...member, signs})
  }
  tell(room, client, line, `set ${[letters, ...rest].join(' ')}`)
}

function changeEverywhere(client: ChatClient, line: Line,
                          change: {isAway?: boolean, account?: string | null}): void {
  const nick = line.source?.nick ?? ''
  const key = client.state.isupport.fold(nick)
  for (const room of client.state.roomsWith(nick)) {
    const member = room.members.get(key)
    if (member) room.setMember(key, {...member, ...change})
  }
}

function takeInvite(client: ChatClient, line: Line): void {
  const {state} = client
  const [nick = '', name = ''] = line.params
  if (state.isMe(nick)) {
    tell(state.current.value, client, line, `invites you to ${name}: /join ${name}`)
  } else {
    const room = state.find(name)
    if (room) tell(room, client, line, `invited ${nick}`)
  }
}

// FAIL CHATHISTORY MESSAGE_ERROR BEFORE #room :why (IRCv3 standard replies).
function takeFail(client: ChatClient, line: Line): void {
  const [command = '', , ...rest] = line.params
  const why = rest.at(-1) ?? ''
  if (command === 'CHATHISTORY') {
    const rooms = rest.slice(0, -1).map(word => client.state.find(word))
    client.history.refused(rooms.find(one => one !== null) ?? null)
    return
  }
  if (command === 'SEARCH') {
    client.searchFailed(why)
    return
  }
  client.failed(line.tags.get('label'), why)
}

const COMMANDS: Record<string, Take> = {
  PRIVMSG: takeMessage,
  NOTICE: takeMessage,
  JOIN: takeJoin,
  PART: takePart,
  KICK: takeKick,
  QUIT: takeQuit,
  NICK: takeNick,
  TOPIC: takeTopic,
  MODE: takeMode,
  INVITE: takeInvite,
  FAIL: takeFail,
  AWAY: (client, line) => changeEverywhere(client, line, {isAway: (line.params[0] ?? '') !== ''}),
  ACCOUNT: (client, line) => {
    const [account = '*'] = line.params
    changeEverywhere(client, line, {account: account === '*' ? null : account})
  },
  ACK: (client, line) => client.answered(line.tags.get('label')),
  PING: (client, line) => client.send('PONG', ...line.params),
  ERROR: (client, line) => tell(client.state.server, client, line, line.params[0] ?? '', 'error'),
  WARN: (client, line) => tell(client.state.current.value, client, line, line.params.at(-1) ?? ''),
  NOTE: (client, line) => tell(client.state.current.value, client, line, line.params.at(-1) ?? ''),
}

export function takeLine(client: ChatClient, line: Line): void {
  const take = COMMANDS[line.command] ?? NUMERICS[line.command]
  if (take) {
    take(client, line)
  } else if (/^[45]\d\d$/.test(line.command)) {
    // Most errors name the room or the person they are about.
    const [, first = ''] = line.params
    const room = client.state.find(first)
    client.failed(line.tags.get('label'), line.params.slice(1).join(' '), room)
  } else if (/^\d{3}$/.test(line.command)) {
    tell(client.state.server, client, line, line.params.slice(1).join(' '))
  }
}
