// For tests: a client before a server that says what the test says, in a world whose time passes
// when the test lets it.
import {ChatClient} from './chat_client.ts'
import type {Identity} from './registration.ts'
import type {RawSocket, SocketEvents, World} from './link.ts'

export class FakeSocket implements RawSocket {
  constructor(readonly events: SocketEvents) {}
  sent: string[] = []
  isClosed = false
  send(text: string): void {
    this.sent.push(text)
  }
  close(): void {
    this.isClosed = true
  }
}

export const CAPABILITIES = 'message-tags server-time echo-message labeled-response batch ' +
  'account-tag away-notify extended-join multi-prefix userhost-in-names chghost setname ' +
  'draft/chathistory soju.im/search sasl=PLAIN,SCRAM-SHA-256 account-notify cap-notify'

export class Scene {
  now = 1_000_000
  sockets: FakeSocket[] = []
  private timers: {at: number, run: () => void}[] = []
  readonly world: World = {
    open: events => {
      const socket = new FakeSocket(events)
      this.sockets.push(socket)
      return socket
    },
    now: () => this.now,
    after: (milliseconds, run) => {
      const timer = {at: this.now + milliseconds, run}
      this.timers.push(timer)
      return () => {
        this.timers = this.timers.filter(other => other !== timer)
      }
    },
    random: () => 0.5,
  }
  readonly client = new ChatClient(this.world)
  readonly state = this.client.state

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('nobody has connected')
    return socket
  }
  // What the client has sent since the last call.
  said(): string[] {
    return this.socket.sent.splice(0)
  }
  hear(...lines: string[]): void {
    for (const line of lines) this.socket.events.message(line)
  }
  pass(milliseconds: number): void {
    const until = this.now + milliseconds
    for (;;) {
      const next = this.timers.filter(timer => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.now = next.at
      this.timers = this.timers.filter(timer => timer !== next)
      next.run()
    }
    this.now = until
  }
  lose(reason = ''): void {
    this.socket.events.closed(reason)
  }

  connect(identity: Partial<Identity> = {}, rooms = ['#lobby']): void {
    const whole = {nick: 'ann', account: '', password: '', serverPassword: '', ...identity}
    this.client.connect(whole, rooms, rooms[0] ?? '')
    this.socket.events.opened()
  }
  // Up to the welcome, and into #lobby.
  enter(nick = 'ann', capabilities = CAPABILITIES): void {
    this.hear(`:s CAP * LS :${capabilities}`)
    const asked = this.socket.sent.filter(line => line.startsWith('CAP REQ'))
      .map(line => line.replace(/^CAP REQ :?/, ''))
    for (const words of asked) this.hear(`:s CAP ${nick} ACK :${words}`)
    this.hear(`:s 001 ${nick} :Welcome`,
              `:s 005 ${nick} CASEMAPPING=ascii CHATHISTORY=100 NETWORK=Test :are supported`)
    this.come('#lobby', nick)
  }
  come(room: string, nick = 'ann', ...others: string[]): void {
    this.hear(`:${nick}!u@h JOIN ${room} * :Ann`,
              `:s 353 ${nick} = ${room} :@bob!b@h ${nick}!u@h ${others.join(' ')}`,
              `:s 366 ${nick} ${room} :End`)
  }
  // A page of history, as an answer to what was asked.
  page(room: string, ...messages: [id: string, text: string][]): void {
    this.hear(`:s BATCH +h chathistory ${room}`)
    for (const [id, text] of messages) this.hear(spoken(id, room, text, 'batch=h;'))
    this.hear(':s BATCH -h')
  }
}

// The number in the id is the second when it was said.
export function spoken(id: string, room: string, text: string, tags = '', nick = 'bob'): string {
  const time = new Date(Number(id.replace(/\D/g, '')) * 1000).toISOString()
  return `@${tags}msgid=${id};time=${time} :${nick}!b@h PRIVMSG ${room} :${text}`
}
