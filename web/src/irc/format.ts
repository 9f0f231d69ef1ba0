// The codes that IRC's clients put into texts for bold, colours and so on, and links: a text
// becomes runs of one look each. Colours are dropped: they would be unreadable on one of our
// two themes.
import {cleanText} from '../base/text.ts'

export interface Run {
  text: string
  bold: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  mono: boolean
  link: string | null  // a URL of http or https
}

type Look = 'bold' | 'italic' | 'underline' | 'strike' | 'mono'
const LOOKS: Record<string, Look> =
  {'\x02': 'bold', '\x1d': 'italic', '\x1f': 'underline', '\x1e': 'strike', '\x11': 'mono'}
const COLOUR = '\\x03(?:\\d{1,2}(?:,\\d{1,2})?)?'
const HEX_COLOUR = '\\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?'
const CODE = new RegExp(`${COLOUR}|${HEX_COLOUR}|[\\x02\\x0f\\x11\\x16\\x1d-\\x1f]`, 'g')
const LINK = /https?:\/\/[^\s<>"'`\\^{|}]+/gi
const MOST_LINKS = 50

const plain = (): Omit<Run, 'text'> =>
  ({bold: false, italic: false, underline: false, strike: false, mono: false, link: null})

// What stands behind a link in a sentence is not a part of it; a bracket is where it was opened.
function trimLink(text: string): string {
  for (;;) {
    const last = text.at(-1) ?? ''
    const opens = last === ')' ? '(' : last === ']' ? '[' : ''
    const count = (bracket: string) => text.split(bracket).length
    const loose = opens ? count(last) > count(opens) : '.,;:!?*_'.includes(last)
    if (!last || !loose) return text
    text = text.slice(0, -1)
  }
}

// The URL where a link may lead; null for any other scheme and for what is none.
export function linkOf(text: string): string | null {
  try {
    const url = new URL(text)
    const isAllowed = url.protocol === 'http:' || url.protocol === 'https:'
    // A name before the host looks like the host: "https://bank.example@evil.example/".
    return isAllowed && url.hostname && !url.username && !url.password ? url.href : null
  } catch {
    return null
  }
}

function cutLinks(run: Run): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const match of run.text.matchAll(LINK)) {
    if (runs.length > 2 * MOST_LINKS) break
    const text = trimLink(match[0])
    const link = linkOf(text)
    if (!link) continue
    if (match.index > from) runs.push({...run, text: run.text.slice(from, match.index)})
    runs.push({...run, text, link})
    from = match.index + text.length
  }
  if (from < run.text.length) runs.push({...run, text: run.text.slice(from)})
  return runs
}

export function runsOf(text: string): Run[] {
  const runs: Run[] = []
  let look = plain()
  let from = 0
  const clean = cleanText(text)
  const take = (until: number) => {
    if (until > from) runs.push({...look, text: clean.slice(from, until)})
  }
  for (const match of clean.matchAll(CODE)) {
    take(match.index)
    from = match.index + match[0].length
    const toggled = LOOKS[match[0]]
    if (toggled) look = {...look, [toggled]: !look[toggled]}
    if (match[0] === '\x0f') look = plain()
  }
  take(clean.length)
  return runs.flatMap(cutLinks)
}

// The text alone: for titles, for what is read aloud, and to look for words in.
export function plainOf(text: string): string {
  return cleanText(text).replace(CODE, '')
}
