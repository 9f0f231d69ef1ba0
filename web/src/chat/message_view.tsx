// MessageView: one message, or a paragraph of events.
import {cleanName} from '../base/text.ts'
import {clockOf, wholeOf} from '../base/time.ts'
import type {Message} from '../irc/room.ts'
import {client, state} from './page.ts'
import {RichText} from './rich_text.tsx'

const COLOURS = 8

// The same name has the same colour everywhere.
export function colourOf(nick: string): string {
  let sum = 0
  for (const character of state.isupport.fold(nick)) {
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  }
  return `c${sum % COLOURS}`
}

function Time({time}: {time: number}) {
  return <time dateTime={new Date(time).toISOString()} title={wholeOf(time)}>{clockOf(time)}</time>
}

export function Nick({nick}: {nick: string}) {
  if (!nick) return <span class="nick hint">server</span>
  return <bdi class={`nick ${colourOf(nick)}`}>{cleanName(nick)}</bdi>
}

function Unsent({message}: {message: Message}) {
  if (message.state === 'sent') return null
  if (message.state === 'pending') return <span class="hint" title="On its way">…</span>
  return (
    <span class="wrong"> Not sent: {message.why}{' '}
      <button class="link" onClick={() => client.sayAgain(state.current.value, message.key)}>
        Send again
      </button>
    </span>
  )
}

export function MessageView({message, isNamed}: {message: Message, isNamed: boolean}) {
  const classes = ['message', message.kind, message.isMention ? 'mention' : '',
                   message.state, isNamed ? 'named' : ''].filter(word => word).join(' ')
  const text = (
    <>
      <RichText text={message.text} />
      <Unsent message={message} />
    </>
  )
  return (
    <li class={classes} data-id={message.id ?? undefined}>
      <Time time={message.time} />
      {message.kind === 'text' && isNamed && <Nick nick={message.nick} />}
      {message.kind === 'action'
        ? <p dir="auto"><span aria-hidden="true">* </span><Nick nick={message.nick} /> {text}</p>
        : message.kind === 'notice'
          ? (
            <p dir="auto">
              <span class="hint">notice from </span><Nick nick={message.nick} />: {text}
            </p>
          )
          : <p dir="auto">{text}</p>}
    </li>
  )
}

export function EventsView({messages}: {messages: readonly Message[]}) {
  const first = messages[0]
  if (!first) return null
  return (
    <li class="message event">
      <Time time={first.time} />
      <p>
        {messages.map((message, i) => (
          <span key={message.key}>
            {i > 0 && <span aria-hidden="true"> · </span>}
            {message.nick && <><Nick nick={message.nick} /> </>}
            <RichText text={message.text} />
          </span>
        ))}
      </p>
    </li>
  )
}
