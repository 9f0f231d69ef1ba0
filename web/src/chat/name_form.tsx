// NameForm: asks who is there, until the server has let him in.
import {useEffect, useRef} from 'preact/hooks'
import {cleanName} from '../base/text.ts'
import {ConnectionWords} from './connection_words.tsx'
import {client, connect, FIRST_ROOM, isAccountSafe, keptNick} from './page.ts'
import {roomOfHash} from './room_address.ts'

function valueOf(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

function send(event: SubmitEvent): void {
  event.preventDefault()
  const data = new FormData(event.currentTarget as HTMLFormElement)
  const nick = valueOf(data, 'nick').replace(/\s+/g, '_')
  if (!nick) return
  const account = valueOf(data, 'account')
  // A password may begin and end with blanks.
  const password = String(data.get('password') ?? '')
  connect(nick, account || (password ? nick : ''), password, String(data.get('server') ?? ''))
}

function Passwords() {
  const isSafe = isAccountSafe()
  const field = client.refusal.value?.field
  const isOpen = field === 'account' || field === 'server'
  return (
    <details open={isOpen}>
      <summary>I have a password</summary>
      {!isSafe && <p class="hint">This connection is not encrypted, so no password is sent over it:
        open the page by https.</p>}
      <fieldset disabled={!isSafe}>
        <label>Account
          <input name="account" autocomplete="username" spellcheck={false}
            placeholder="the same as the name" />
        </label>
        <label>Its password
          <input name="password" type="password" autocomplete="current-password" />
        </label>
        <label>Password of the server, if it has one
          <input name="server" type="password" autocomplete="off" />
        </label>
      </fieldset>
    </details>
  )
}

export function NameForm() {
  const phase = client.phase.value
  const refusal = client.refusal.value
  const isBusy = phase !== 'asking'
  const nick = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (isBusy) return
    nick.current?.focus()
    nick.current?.select()
  }, [isBusy])
  return (
    <main class="alone">
      <h1>Patchbay chat</h1>
      <p>You come into <b><bdi>{cleanName(roomOfHash(location.hash) ?? FIRST_ROOM)}</bdi></b>.
        Everybody there sees the name that you choose.</p>
      <form onSubmit={send}>
        <label>Your name
          <input ref={nick} name="nick" required autofocus autocomplete="nickname" maxLength={64}
            spellcheck={false} autocapitalize="none" defaultValue={keptNick.value}
            aria-invalid={refusal?.field === 'nick'} aria-describedby="status" />
        </label>
        <p id="status" role="status" class={refusal ? 'wrong' : 'hint'}>
          {refusal ? refusal.why : isBusy && <ConnectionWords />}
        </p>
        <Passwords />
        {isBusy
          ? <button type="button" onClick={() => client.disconnect()}>Cancel</button>
          : <button class="main">Come in</button>}
      </form>
    </main>
  )
}
