// App: the form for a name, and then the chat in three columns.
import {Announcer} from './announcer.tsx'
import {Composer} from './composer.tsx'
import {Dialogs} from './dialogs.tsx'
import {MemberList} from './member_list.tsx'
import {MessageLog} from './message_log.tsx'
import {NameForm} from './name_form.tsx'
import {client, drawer, focusComposer} from './page.ts'
import {RoomHeader} from './room_header.tsx'
import {RoomList} from './room_list.tsx'

function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('composer')?.focus()
}

function Chat() {
  const close = () => {
    drawer.value = null
    focusComposer()
  }
  return (
    <div class="chat" data-drawer={drawer.value ?? 'none'}>
      <a class="skip" href="#composer" onClick={skip}>Skip to writing a message</a>
      <RoomList />
      <main class="talk">
        <RoomHeader />
        <MessageLog />
        <Composer />
      </main>
      <MemberList />
      <div class="scrim" onClick={close} />
      <Dialogs />
      <Announcer />
    </div>
  )
}

export function App() {
  return client.wasWelcome.value ? <Chat /> : <NameForm />
}
