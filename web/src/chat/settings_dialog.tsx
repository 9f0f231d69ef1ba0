// SettingsDialog: what this browser keeps of one's taste, what the keys do, and the way out.
import {client, dialog, notifies, showsPresence, state, theme, type Theme} from './page.ts'
import {cleanName} from '../base/text.ts'

const THEMES: [Theme, string][] = [['auto', 'As my system'], ['light', 'Light'], ['dark', 'Dark']]
const KEYS: [string, string][] = [
  ['Ctrl K', 'go to a room, a person, a page'],
  ['Alt ↑ ↓', 'the room above, below; with Shift, with something unread'],
  ['/', 'write'],
  ['Tab', 'complete a name or a command'],
  ['↑ ↓', 'what you sent before'],
  ['Esc', 'close, and back to writing'],
]

async function setNotifies(wish: boolean): Promise<void> {
  const isAllowed = wish && await Notification.requestPermission() === 'granted'
  notifies.value = isAllowed
}

function leave(): void {
  dialog.value = null
  client.disconnect()
}

export function SettingsDialog() {
  return (
    <>
      <fieldset>
        <legend>Theme</legend>
        {THEMES.map(([value, title]) => (
          <label class="check" key={value}>
            <input type="radio" name="theme" value={value} checked={theme.value === value}
              onChange={() => { theme.value = value }} /> {title}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>Messages</legend>
        <label class="check">
          <input type="checkbox" checked={showsPresence.value}
            onChange={event => { showsPresence.value = event.currentTarget.checked }} />
          {' '}Show who comes and goes
        </label>
        {'Notification' in window && (
          <label class="check">
            <input type="checkbox" checked={notifies.value}
              onChange={event => void setNotifies(event.currentTarget.checked)} />
            {' '}Notify me when I am named and look elsewhere
          </label>
        )}
      </fieldset>
      <fieldset>
        <legend>Keys</legend>
        <dl>
          {KEYS.map(([key, does]) => (
            <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>
          ))}
        </dl>
      </fieldset>
      <p>
        You are <b><bdi>{cleanName(state.nick.value)}</bdi></b>
        {state.account.value && <>, logged in as <bdi>{cleanName(state.account.value)}</bdi></>}.
        {' '}<button onClick={leave}>Leave the chat</button>
      </p>
      <p class="hint"><a href="licences.txt">Licences</a> of what this page is made with</p>
    </>
  )
}
