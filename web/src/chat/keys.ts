// Keys that work everywhere on the page. The composer and the dialogs have more of their own.
import {client, dialog, drawer, focusComposer, show, state} from './page.ts'

function step(by: number, onlyUnread: boolean): void {
  const rooms = state.rooms.value
  const at = rooms.indexOf(state.current.value)
  for (let i = 1; i <= rooms.length; ++i) {
    const room = rooms[(at + by * i + rooms.length * i) % rooms.length]
    if (room && (!onlyUnread || room.unread.value > 0)) {
      show(room)
      return
    }
  }
}

const isTyping = (): boolean =>
  document.activeElement?.matches('input, textarea, select, [contenteditable]') ?? false

function take(event: KeyboardEvent): boolean {
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
  if (isCommand && event.key.toLowerCase() === 'k') {
    dialog.value = dialog.value === 'palette' ? null : 'palette'
    return true
  }
  if (dialog.value !== null) return false
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return false
    step(event.key === 'ArrowUp' ? -1 : 1, event.shiftKey)
    return true
  }
  if (event.key === '/' && !event.ctrlKey && !event.metaKey && !isTyping()) {
    document.getElementById('composer')?.focus()
    return true
  }
  if (event.key === 'Escape') {
    drawer.value = null
    state.current.value.firstUnread.value = null
    focusComposer()
    return true
  }
  return false
}

export function takeKeys(): void {
  addEventListener('keydown', event => {
    if (client.wasWelcome.value && !event.isComposing && take(event)) event.preventDefault()
  })
}
