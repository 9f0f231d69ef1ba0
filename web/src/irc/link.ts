// Link: a WebSocket that is opened again when it is lost, and found out about when it is silent.
import {signal} from '@preact/signals'

// What is used of a WebSocket.
export interface RawSocket {
  send(text: string): void
  close(): void
}
// What it tells, after it was made.
export interface SocketEvents {
  opened(): void
  message(data: unknown): void
  closed(reason: string): void
}

// Clock, chance and network. Tests bring their own.
export interface World {
  open(events: SocketEvents): RawSocket
  now(): number  // milliseconds
  after(milliseconds: number, run: () => void): () => void  // returns what takes it back
  random(): number  // from 0 to below 1
}

export type LinkState =
  | {kind: 'closed'}
  | {kind: 'connecting'}
  | {kind: 'open'}
  | {kind: 'waiting', until: number}

export interface LinkEvents {
  opened(): void
  line(text: string): void
  lost(why: string): void
  silent(): void  // nothing has come for a while: say something that is answered
}

const SILENCE = 45_000
const ANSWER = 20_000
const LONGEST_WAIT = 30_000

// Half of it is by chance: after a restart of the server not all pages come at once.
export function backoff(attempt: number, random: number): number {
  return Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(attempt, 10)) * (0.5 + random / 2)
}

export class Link {
  readonly state = signal<LinkState>({kind: 'closed'})
  private socket: RawSocket | null = null
  private attempt = 0
  private cancelTimer = () => {}

  constructor(private readonly world: World, private readonly events: LinkEvents) {}

  start(): void {
    this.stop()
    this.attempt = 0
    this.open()
  }
  // Without a further try.
  stop(): void {
    this.drop()
    this.state.value = {kind: 'closed'}
  }
  // Now, and not when its time has come: somebody clicks, or the machine has a network again.
  retry(): void {
    if (this.state.value.kind === 'waiting') this.open()
  }
  // It has worked: the next loss is the first one.
  settled(): void {
    this.attempt = 0
  }
  send(line: string): boolean {
    if (this.state.value.kind !== 'open' || !this.socket) return false
    this.socket.send(line)
    return true
  }
  // Is it there still? For when a machine wakes up.
  probe(): void {
    if (this.state.value.kind === 'open') this.askForLife()
  }

  private open(): void {
    this.drop()
    this.state.value = {kind: 'connecting'}
    // One that was dropped has nothing to say any more.
    const isMine = () => this.socket === socket
    const socket = this.world.open({
      opened: () => isMine() && this.opened(),
      message: data => isMine() && typeof data === 'string' && this.took(data, isMine),
      closed: reason => isMine() && this.lose(reason),
    })
    this.socket = socket
    this.arm(ANSWER, () => this.lose('the server does not answer'))
  }

  private opened(): void {
    this.state.value = {kind: 'open'}
    this.heard()
    this.events.opened()
  }
  private took(data: string, isMine: () => boolean): void {
    this.heard()
    for (const line of data.split(/[\r\n]+/)) {
      if (line && isMine()) this.events.line(line)
    }
  }

  private heard(): void {
    this.arm(SILENCE, () => this.askForLife())
  }
  private askForLife(): void {
    this.events.silent()
    this.arm(ANSWER, () => this.lose('the server has fallen silent'))
  }

  private lose(why: string): void {
    this.drop()
    const wait = backoff(this.attempt++, this.world.random())
    this.state.value = {kind: 'waiting', until: this.world.now() + wait}
    this.arm(wait, () => this.open())
    this.events.lost(why)
  }

  private arm(milliseconds: number, run: () => void): void {
    this.cancelTimer()
    this.cancelTimer = this.world.after(milliseconds, run)
  }
  private drop(): void {
    this.cancelTimer()
    const socket = this.socket
    this.socket = null
    socket?.close()
  }
}
