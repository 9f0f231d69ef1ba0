// What all parts of the page share: the connection, what is kept in the browser, what is open.
import {signal} from '@preact/signals'
import {isFlag, isText, isTexts, stored} from '../base/stored.ts'
import {ChatClient} from '../irc/chat_client.ts'
import type {Room} from '../irc/room.ts'
import {browserWorld} from './browser_world.ts'
import {roomOfHash} from './room_address.ts'

export type Theme = 'auto' | 'light' | 'dark'
export type Dialog = 'palette' | 'search' | 'settings' | 'rooms'
export type Drawer = 'rooms' | 'members'

export const FIRST_ROOM = '#lobby'

const isTheme = (value: unknown): value is Theme =>
  value === 'auto' || value === 'light' || value === 'dark'

export const client = new ChatClient(browserWorld())
export const {state} = client

export const theme = stored<Theme>('theme', 'auto', isTheme)
export const showsPresence = stored('chat.presence', true, isFlag)
export const notifies = stored('chat.notifies', false, isFlag)
export const keptNick = stored('chat.nick', '', isText)
export const keptRooms = stored('chat.rooms', [FIRST_ROOM], isTexts)
// Of this tab: after a reload it goes on without a question.
export const wasHere = stored('chat.here', false, isFlag, () => sessionStorage)

export const dialog = signal<Dialog | null>(null)
export const drawer = signal<Drawer | null>(null)
// A message of the history that somebody wants to see.
export const wanted = signal<string | null>(null)

export const isAccountSafe = (): boolean => window.isSecureContext

export function connect(nick: string, account = '', password = '', serverPassword = ''): void {
  const named = roomOfHash(location.hash)
  const kept = keptRooms.value.filter(name => /^[^\s,:\0]+$/.test(name))
  const rooms = kept.length ? kept : [FIRST_ROOM]
  const all = named && named.startsWith('#') && !rooms.includes(named) ? [...rooms, named] : rooms
  keptNick.value = nick
  client.connect({nick, account, password, serverPassword}, all, named ?? all[0] ?? '')
}

export function show(room: Room): void {
  state.show(room)
  drawer.value = null
  focusComposer()
}

export function focusComposer(): void {
  // A phone would cover half the page with its keyboard.
  if (matchMedia('(pointer: coarse)').matches) return
  requestAnimationFrame(() => document.getElementById('composer')?.focus())
}
