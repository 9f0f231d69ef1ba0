// What a person types: text, or a command behind a slash.
import type {ChatClient} from './chat_client.ts'
import type {Room} from './room.ts'

export interface Command {
  name: string
  args: string
  help: string
  // The words behind the command; what is wrong with them, or nothing.
  run(client: ChatClient, room: Room, words: string): string | void
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(word => word)
// "bob hello there" is ["bob", "hello there"].
function cut(text: string): [string, string] {
  const [, first = '', rest = ''] = /^\s*(\S*)\s*([^]*)$/.exec(text) ?? []
  return [first, rest]
}

function roomNames(client: ChatClient, text: string): string[] {
  return text.split(',').filter(name => name)
    .map(name => client.state.isupport.isRoom(name) ? name : `#${name}`)
}

function isWord(text: string): boolean {
  return text !== '' && !text.startsWith(':') && !/[\s,\0]/.test(text)
}

function setMode(letters: string): Command['run'] {
  return (client, room, words) => {
    const nicks = wordsOf(words)
    if (room.kind !== 'room') return 'Only rooms have operators.'
    if (!nicks.length || !nicks.every(isWord)) return 'Whom? Give a name.'
    client.send('MODE', room.name, letters[0] + (letters[1] ?? '').repeat(nicks.length), ...nicks)
  }
}

export const COMMANDS: Command[] = [
  {name: 'join', args: 'ROOM [PASSWORD]', help: 'Go into a room, or found it.',
   run: (client, _, words) => {
     const [names, password] = cut(words)
     const rooms = roomNames(client, names)
     if (!rooms.length || !rooms.every(isWord)) return 'Into which room? /join #room'
     for (const name of rooms) client.join(name, wordsOf(password)[0])
   }},
  {name: 'leave', args: '[WHY]', help: 'Leave this room, or end this talk.',
   run: (client, room, words) => {
     if (room.kind === 'server') return 'The server cannot be left: see /quit.'
     client.leave(room, words)
   }},
  {name: 'msg', args: 'NAME TEXT', help: 'Say something to one person alone.',
   run: (client, _, words) => {
     const [nick, text] = cut(words)
     if (!isWord(nick)) return 'To whom? /msg NAME TEXT'
     const place = client.talkTo(nick)
     if (place && text) client.say(place, text)
   }},
  {name: 'me', args: 'TEXT', help: 'Say what you do: “* ann waves”.',
   run: (client, room, words) => {
     if (!words || room.kind === 'server') return 'What do you do? /me waves'
     if (!client.say(room, words, true)) return 'There is no connection to the server.'
   }},
  {name: 'nick', args: 'NAME', help: 'Have another name.',
   run: (client, _, words) => {
     const [nick] = cut(words)
     if (!isWord(nick)) return 'Which name? /nick NAME'
     client.send('NICK', nick)
   }},
  {name: 'topic', args: '[TEXT]', help: 'Set the topic of this room; without a text, take it away.',
   run: (client, room, words) => {
     if (room.kind !== 'room') return 'Only rooms have a topic.'
     client.send('TOPIC', room.name, words)
   }},
  {name: 'search', args: 'WORDS', help: 'Search what was said in this room.',
   run: (client, room, words) => {
     if (!client.has('soju.im/search')) return 'This server cannot search.'
     if (!words.trim()) return 'Search for what? /search WORDS'
     client.search(words.trim(), room)
   }},
  {name: 'rooms', args: '', help: 'Show which rooms there are.', run: client => client.listRooms()},
  {name: 'whois', args: 'NAME', help: 'Ask who somebody is.',
   run: (client, room, words) => {
     const nick = cut(words)[0] || (room.kind === 'person' ? room.name : '')
     if (!isWord(nick)) return 'Who is who? /whois NAME'
     client.send('WHOIS', nick, nick)
   }},
  {name: 'away', args: '[WHY]',
   help: 'Tell others that you are away; without a word, that you are back.',
   run: (client, _, words) => {
     client.send('AWAY', ...(words ? [words] : []))
   }},
  {name: 'invite', args: 'NAME', help: 'Invite somebody into this room.',
   run: (client, room, words) => {
     const [nick] = cut(words)
     if (!isWord(nick) || room.kind !== 'room') return 'Whom? /invite NAME, in a room.'
     client.send('INVITE', nick, room.name)
   }},
  {name: 'kick', args: 'NAME [WHY]', help: 'Put somebody out of this room.',
   run: (client, room, words) => {
     const [nick, why] = cut(words)
     if (!isWord(nick) || room.kind !== 'room') return 'Whom? /kick NAME, in a room.'
     client.send('KICK', room.name, nick, ...(why ? [why] : []))
   }},
  {name: 'op', args: 'NAME…', help: 'Make somebody an operator of this room.', run: setMode('+o')},
  {name: 'deop', args: 'NAME…', help: 'Make somebody no operator any more.', run: setMode('-o')},
  {name: 'voice', args: 'NAME…', help: 'Let somebody speak in a moderated room.',
   run: setMode('+v')},
  {name: 'devoice', args: 'NAME…', help: 'Take that back.', run: setMode('-v')},
  {name: 'mode', args: '[MODES]', help: 'Show or set the modes of this room: “+i”, “+b ann!*@*”.',
   run: (client, room, words) => {
     if (room.kind !== 'room') return 'Only rooms have modes.'
     const modes = wordsOf(words)
     if (modes.some(word => word.startsWith(':'))) return 'These are no modes.'
     client.send('MODE', room.name, ...modes)
   }},
  {name: 'quit', args: '', help: 'Leave the chat.', run: client => client.disconnect()},
  {name: 'help', args: '', help: 'Show these commands.',
   run: (client, room) => {
     for (const {name, args, help} of COMMANDS) {
       client.state.tell(room, `/${name}${args && ` ${args}`}: ${help}`)
     }
     client.state.tell(room, '//text says “/text”. Tab completes names and commands.')
   }},
]
const ALIASES: Record<string, string> = {
  j: 'join', part: 'leave', close: 'leave', query: 'msg', w: 'msg', list: 'rooms', t: 'topic',
  '?': 'help', exit: 'quit',
}

// What is wrong, in words for the person; null: it is on its way.
export function runTyped(client: ChatClient, room: Room, typed: string): string | null {
  if (!typed.startsWith('/') || typed.startsWith('//')) {
    if (room.kind === 'server') return 'Nobody listens here: choose a room, or /join one.'
    if (room.kind === 'room' && !room.isJoined.value && client.phase.value === 'online') {
      return `You are not in ${room.name}: /join ${room.name}`
    }
    const isSent = client.say(room, typed.replace(/^\/\//, '/'))
    return isSent ? null : 'There is no connection to the server; your text waits here.'
  }
  const [word, words] = cut(typed.slice(1))
  const name = ALIASES[word.toLowerCase()] ?? word.toLowerCase()
  const command = COMMANDS.find(one => one.name === name)
  if (!command) return `There is no command /${word}: see /help.`
  const needsServer = name !== 'help' && name !== 'quit'
  if (needsServer && client.phase.value !== 'online') return 'There is no connection to the server.'
  return command.run(client, room, words.replace(/[\r\n]+/g, ' ').trim()) || null
}
