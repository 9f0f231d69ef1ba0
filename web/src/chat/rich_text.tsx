// RichText: a text of others as nodes of text, with the looks and links that it may have.
import type {ComponentChildren} from 'preact'
import {runsOf, type Run} from '../irc/format.ts'

function dressed(run: Run): ComponentChildren {
  let node: ComponentChildren = run.text
  if (run.link) {
    node = <a href={run.link} title={run.link} target="_blank" rel="noopener noreferrer">{node}</a>
  }
  if (run.mono) node = <code>{node}</code>
  if (run.bold) node = <b>{node}</b>
  if (run.italic) node = <i>{node}</i>
  if (run.underline) node = <u>{node}</u>
  if (run.strike) node = <s>{node}</s>
  return node
}

export function RichText({text}: {text: string}) {
  return <>{runsOf(text).map(dressed)}</>
}
