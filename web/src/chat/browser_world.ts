// The world as a browser has it: its WebSocket, its clock, its chance.
import type {World} from '../irc/link.ts'

const SUBPROTOCOL = 'text.ircv3.net'  // one line of IRC a message

// Beside the page, wherever that is: also below a path of a proxy.
export function socketUrl(page: string): string {
  const url = new URL('chat/socket', page)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = ''
  url.hash = ''
  return url.href
}

export function browserWorld(): World {
  return {
    open: events => {
      const socket = new WebSocket(socketUrl(location.href), SUBPROTOCOL)
      socket.onopen = () => events.opened()
      socket.onmessage = event => events.message(event.data)
      socket.onclose = event => events.closed(event.reason)
      return socket
    },
    now: () => Date.now(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
    random: () => Math.random(),
  }
}
