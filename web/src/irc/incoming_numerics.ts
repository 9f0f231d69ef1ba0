// The server's answers that are numbers, as far as the page does more than show their words.
import type {ChatClient} from './chat_client.ts'
import type {Take} from './incoming.ts'
import type {Line} from './line.ts'
import {durationOf, wholeOf} from '../base/time.ts'
import {timeOf} from './incoming_messages.ts'

const MOST_LISTED = 2000

function take005(client: ChatClient, line: Line): void {
  client.state.isupport.take(line.params.slice(1, -1))
  client.state.network.value = client.state.isupport.get('NETWORK') ?? ''
}

// One of NAMES: "@+nick!user@host", as many as fit into a line.
function take353(client: ChatClient, line: Line): void {
  const {isupport} = client.state
  const room = client.state.find(line.params[2] ?? '')
  if (!room) return
  const signs = isupport.ranks().map(([, sign]) => sign).join('')
  for (const word of (line.params[3] ?? '').split(' ')) {
    let at = 0
    while (at < word.length && signs.includes(word[at] ?? '')) ++at
    const nick = word.slice(at).split('!')[0] ?? ''
    if (!nick) continue
    const key = isupport.fold(nick)
    const known = room.members.get(key)
    room.members.set(key, {
      nick, signs: word.slice(0, at),
      account: known?.account ?? null, isAway: known?.isAway ?? false,
    })
  }
  ++room.presence.value
}

function takeTopic(client: ChatClient, line: Line, text: string): void {
  const room = client.state.find(line.params[1] ?? '')
  if (room) room.topic.value = text
}

function take322(client: ChatClient, line: Line): void {
  const [, name = '', people = '0', topic = ''] = line.params
  const {list} = client.state
  if (!list.value || list.value.rooms.length >= MOST_LISTED) return
  const room = {name, people: Number.parseInt(people, 10) || 0, topic}
  list.value = {...list.value, rooms: [...list.value.rooms, room]}
}

function take323(client: ChatClient): void {
  const {list} = client.state
  if (!list.value) return
  const rooms = [...list.value.rooms]
    .sort((a, b) => b.people - a.people || (a.name < b.name ? -1 : 1))
  list.value = {isRunning: false, rooms}
}

// What is known of a person comes in several lines; it is told where one asked.
function tellOf(client: ChatClient, line: Line, text: string): void {
  client.state.tell(client.state.current.value, `${line.params[1] ?? ''} ${text}`,
                    {time: timeOf(client.state, line)})
}
function take317(client: ChatClient, line: Line): void {
  const idle = durationOf(Number(line.params[2]) || 0)
  const since = Number(line.params[3]) * 1000
  const sign = since ? `, here since ${wholeOf(since)}` : ''
  tellOf(client, line, `has been silent for ${idle}${sign}`)
}

function setAway(client: ChatClient, isAway: boolean): void {
  client.state.isAway.value = isAway
  client.state.tell(client.state.current.value, isAway ? 'You are away.' : 'You are back.')
}

const nothing: Take = () => {}

export const NUMERICS: Record<string, Take> = {
  '001': nothing,  // registration has taken it
  '005': take005,
  '301': (client, line) => tellOf(client, line, `is away: ${line.params[2] ?? ''}`),
  '305': client => setAway(client, false),
  '306': client => setAway(client, true),
  '311': (client, line) => {
    const [, , user = '', host = '', , realName = ''] = line.params
    tellOf(client, line, `is ${user}@${host}: ${realName}`)
  },
  '312': (client, line) => tellOf(client, line, `is at ${line.params[2] ?? ''}`),
  '313': (client, line) => tellOf(client, line, 'is an operator of the server'),
  '317': take317,
  '318': nothing,
  '319': (client, line) => tellOf(client, line, `is in ${line.params[2] ?? ''}`),
  '321': nothing,
  '322': take322,
  '323': take323,
  '330': (client, line) => tellOf(client, line, `is logged in as ${line.params[2] ?? ''}`),
  '331': (client, line) => takeTopic(client, line, ''),
  '332': (client, line) => takeTopic(client, line, line.params[2] ?? ''),
  '333': (client, line) => {
    const room = client.state.find(line.params[1] ?? '')
    if (room) room.topicBy.value = (line.params[2] ?? '').split('!')[0] ?? ''
  },
  '341': (client, line) =>
    client.state.tell(client.state.current.value,
                      `You invited ${line.params[1] ?? ''} to ${line.params[2] ?? ''}.`),
  '353': take353,
  '366': nothing,
  '376': nothing,
  '671': (client, line) => tellOf(client, line, 'is connected by TLS'),
  '900': (client, line) => {
    client.state.account.value = line.params[2] ?? ''
  },
  '901': client => {
    client.state.account.value = ''
  },
  '903': nothing,
}
