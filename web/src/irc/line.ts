// One line of IRC: tags, who says it, a command and its parameters (RFC 1459 section 2.3.1, IRCv3
// message-tags). Text in and text out; the WebSocket has cut it into lines.

export interface Source {
  nick: string  // or the name of a server
  user: string
  host: string
}

export interface Line {
  tags: ReadonlyMap<string, string>
  source: Source | null
  command: string  // in capitals, or three digits
  params: readonly string[]
}

const MOST_CHARACTERS = 16 * 1024
const MOST_PARAMS = 64
const UNESCAPED: Record<string, string> = {':': ';', s: ' ', '\\': '\\', r: '\r', n: '\n'}
const ESCAPED: Record<string, string> =
  {';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n'}

export function unescapeTag(value: string): string {
  return value.replace(/\\([^]?)/g, (_, letter: string) => UNESCAPED[letter] ?? letter)
}

export function escapeTag(value: string): string {
  return value.replace(/[; \\\r\n]/g, letter => ESCAPED[letter] ?? letter)
}

// "a=1;b": of a key that comes twice the last one holds.
export function parseTags(text: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const tag of text.split(';')) {
    const equals = tag.indexOf('=')
    const key = equals < 0 ? tag : tag.slice(0, equals)
    if (key) tags.set(key, equals < 0 ? '' : unescapeTag(tag.slice(equals + 1)))
  }
  return tags
}

export function formatTags(tags: Iterable<readonly [string, string]>): string {
  return Array.from(tags, ([key, value]) => value ? `${key}=${escapeTag(value)}` : key).join(';')
}

export function parseSource(text: string): Source {
  const at = text.indexOf('@')
  const host = at < 0 ? '' : text.slice(at + 1)
  const rest = at < 0 ? text : text.slice(0, at)
  const bang = rest.indexOf('!')
  return {
    nick: bang < 0 ? rest : rest.slice(0, bang),
    user: bang < 0 ? '' : rest.slice(bang + 1),
    host,
  }
}

// Null for what is no line.
export function parseLine(text: string): Line | null {
  let rest = text.replace(/[\r\n]+$/, '')
  if (rest.length > MOST_CHARACTERS || /[\r\n\0]/.test(rest)) return null
  let tags: Map<string, string> = new Map()
  let source: Source | null = null
  const word = (): string => {
    const blank = rest.indexOf(' ')
    const taken = blank < 0 ? rest : rest.slice(0, blank)
    rest = blank < 0 ? '' : rest.slice(blank).replace(/^ +/, '')
    return taken
  }
  if (rest.startsWith('@')) tags = parseTags(word().slice(1))
  if (rest.startsWith(':')) source = parseSource(word().slice(1))
  const command = word().toUpperCase()
  if (!/^(?:[A-Z]+|\d{3})$/.test(command)) return null
  const params: string[] = []
  while (rest) {
    if (params.length === MOST_PARAMS) return null
    if (rest.startsWith(':')) {
      params.push(rest.slice(1))
      break
    }
    params.push(word())
  }
  return {tags, source, command, params}
}

// The last parameter may be anything without a line end; what cannot be a line is a RangeError:
// whoever formats one has checked what a person typed.
export function formatLine(command: string, params: readonly string[] = [],
                           tags: Iterable<readonly [string, string]> = []): string {
  const parts: string[] = []
  const written = formatTags(tags)
  if (written) parts.push('@' + written)
  parts.push(command)
  params.forEach((param, i) => {
    const fitsAnywhere = param !== '' && !param.startsWith(':') && !param.includes(' ')
    if (!fitsAnywhere && i !== params.length - 1) {
      throw new RangeError(`${command}: parameter ${i + 1} is no word`)
    }
    parts.push(fitsAnywhere ? param : ':' + param)
  })
  const line = parts.join(' ')
  if (/[\r\n\0]/.test(line)) throw new RangeError(`${command}: a line end within a line`)
  return line
}
