// Dialogs: what is open above the page. The browser's own <dialog> keeps the focus inside, and Esc
// closes it.
import type {ComponentChildren} from 'preact'
import {useEffect, useRef} from 'preact/hooks'
import {dialog, focusComposer} from './page.ts'
import {Palette} from './palette.tsx'
import {RoomsDialog} from './rooms_dialog.tsx'
import {SearchDialog} from './search_dialog.tsx'
import {SettingsDialog} from './settings_dialog.tsx'

const TITLES = {palette: 'Go to', search: 'Search', settings: 'Settings', rooms: 'All rooms'}

function Frame({title, children}: {title: string, children: ComponentChildren}) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    box.current?.showModal()
  }, [])
  const closed = () => {
    dialog.value = null
    focusComposer()
  }
  const clicked = (event: MouseEvent) => {
    if (event.target === box.current) box.current?.close()
  }
  return (
    <dialog ref={box} aria-labelledby="dialog-title" onClose={closed} onClick={clicked}>
      <div class="dialog">
        <div class="head">
          <h2 id="dialog-title">{title}</h2>
          <button onClick={() => box.current?.close()}>Close</button>
        </div>
        {children}
      </div>
    </dialog>
  )
}

export function Dialogs() {
  const open = dialog.value
  if (!open) return null
  return (
    <Frame key={open} title={TITLES[open]}>
      {open === 'palette' && <Palette />}
      {open === 'search' && <SearchDialog />}
      {open === 'settings' && <SettingsDialog />}
      {open === 'rooms' && <RoomsDialog />}
    </Frame>
  )
}
