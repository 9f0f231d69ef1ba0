// Registration: from a fresh connection to the welcome of the server: capabilities (IRCv3
// capability negotiation 302), login (SASL PLAIN), name. Capabilities may come and go later too.
import type {Line} from './line.ts'

export interface Identity {
  nick: string
  account: string  // empty: none
  password: string
  serverPassword: string
}

// Which field of the form is wrong, and why.
export interface Refusal {
  field: 'nick' | 'account' | 'server'
  why: string
}
export type RegistrationEnd = {welcome: true} | {welcome: false, refusal: Refusal}

const WANTED = [
  'account-notify', 'account-tag', 'away-notify', 'batch', 'chghost', 'draft/chathistory',
  'echo-message', 'extended-join', 'invite-notify', 'labeled-response', 'message-tags',
  'multi-prefix', 'server-time', 'setname', 'soju.im/search', 'standard-replies',
  'userhost-in-names',
]
const REQUEST_CHARACTERS = 400
const SASL_CHUNK = 400
const MORE_NAMES = 4  // that are tried where the usual one is in use

const NICK_ERRORS = new Set(['431', '432', '433', '436', '437'])
const SASL_ERRORS = new Set(['902', '904', '905', '906', '908'])
const REFUSALS: Record<string, string> = {
  433: 'is in use: choose another name',
  436: 'is in use: choose another name',
  437: 'cannot be had just now: choose another name',
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function refuse(field: Refusal['field'], why: string): RegistrationEnd {
  return {welcome: false, refusal: {field, why}}
}

export class Registration {
  readonly enabled = new Set<string>()
  private readonly offered = new Map<string, string>()
  private readonly unanswered = new Set<string>()
  private isNegotiating = true
  private nick: string
  private moreNames: number

  // `insists`: the name is not to be another one, since a person has just typed it.
  constructor(private readonly identity: Identity, insists: boolean,
              private readonly send: (command: string, ...params: string[]) => void) {
    this.nick = identity.nick
    this.moreNames = insists ? 0 : MORE_NAMES
  }

  begin(): void {
    this.send('CAP', 'LS', '302')
    if (this.identity.serverPassword) this.send('PASS', this.identity.serverPassword)
    this.send('NICK', this.nick)
    this.send('USER', 'web', '0', '*', this.identity.nick)
  }

  // Null as long as it goes on.
  take(line: Line): RegistrationEnd | null {
    if (line.command === 'CAP') return this.takeCapabilities(line)
    if (line.command === '001') return {welcome: true}
    const why = line.params.at(-1) ?? ''
    if (NICK_ERRORS.has(line.command)) return this.takeNickError(line.command, why)
    if (line.command === 'AUTHENTICATE') this.login()
    if (line.command === '903') this.end()
    if (SASL_ERRORS.has(line.command)) {
      return refuse('account', 'The server does not know this account and password.')
    }
    if (line.command === '464') return refuse('server', 'The server asks for another password.')
    if (line.command === '465') return refuse('nick', `The server does not let you in: ${why}`)
    if (line.command === 'FAIL') {
      const isLogin = line.params[1]?.startsWith('ACCOUNT') ?? false
      return refuse(isLogin ? 'account' : 'nick', why)
    }
    return null
  }

  private takeNickError(command: string, why: string): RegistrationEnd | null {
    if (command !== '432' && this.moreNames > 0) {
      --this.moreNames
      this.nick += '_'
      this.send('NICK', this.nick)
      return null
    }
    const known = REFUSALS[command]
    return refuse('nick', known ? `${this.nick} ${known}.` : `The server refuses this name: ${why}`)
  }

  private takeCapabilities(line: Line): RegistrationEnd | null {
    const [, verb = '', ...rest] = line.params
    const words = (rest.at(-1) ?? '').split(' ').filter(word => word)
    if (verb === 'LS' || verb === 'NEW') {
      for (const word of words) {
        const [name = '', value = ''] = word.split(/=(.*)/s)
        this.offered.set(name, value)
      }
      const isLast = rest[0] !== '*' || rest.length < 2
      if (isLast) this.request()
    } else if (verb === 'ACK' || verb === 'NAK') {
      for (const word of words) this.takeVerdict(word, verb === 'ACK')
    } else if (verb === 'DEL') {
      for (const word of words) {
        this.offered.delete(word)
        this.enabled.delete(word)
      }
    }
    if (!this.isNegotiating || this.unanswered.size || !['LS', 'ACK', 'NAK'].includes(verb)) {
      return null
    }
    if (verb === 'LS' && rest[0] === '*' && rest.length > 1) return null
    this.isNegotiating = false
    if (!this.identity.account) return this.end()
    if (!this.enabled.has('sasl')) return refuse('account', 'This server knows no accounts.')
    this.send('AUTHENTICATE', 'PLAIN')
    return null
  }

  private takeVerdict(word: string, isAccepted: boolean): void {
    const name = word.replace(/^-/, '')
    this.unanswered.delete(name)
    if (isAccepted && name === word) this.enabled.add(name)
    if (isAccepted && name !== word) this.enabled.delete(name)
  }

  private request(): void {
    const wanted = [...WANTED]
    const mechanisms = this.offered.get('sasl')
    const hasPlain = !mechanisms || mechanisms.split(',').includes('PLAIN')
    if (this.identity.account && hasPlain && this.isNegotiating) wanted.push('sasl')
    let words: string[] = []
    const flush = () => {
      if (words.length) this.send('CAP', 'REQ', words.join(' '))
      words = []
    }
    for (const name of wanted) {
      if (!this.offered.has(name) || this.enabled.has(name)) continue
      this.unanswered.add(name)
      words.push(name)
      if (words.join(' ').length > REQUEST_CHARACTERS) flush()
    }
    flush()
  }

  private login(): void {
    const {account, password} = this.identity
    const secret = base64(`\0${account}\0${password}`)
    for (let at = 0; at < secret.length; at += SASL_CHUNK) {
      this.send('AUTHENTICATE', secret.slice(at, at + SASL_CHUNK))
    }
    if (secret.length % SASL_CHUNK === 0) this.send('AUTHENTICATE', '+')
  }

  private end(): null {
    this.send('CAP', 'END')
    return null
  }
}
