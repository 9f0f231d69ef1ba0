// What others wrote, made fit to be shown: no character that hides, reorders or imitates.

// C0 but tab and the codes of mIRC (they are read by irc/format.ts), DEL and C1.
const CONTROLS = /[\x00\x01\x05-\x08\x0a-\x0e\x10\x12-\x15\x17-\x1c\x7f-\x9f]/g
// Overrides, embeddings, isolates and marks of direction: they reorder what stands around them.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
// Characters without a shape. The joiners U+200C and U+200D are needed by scripts and emoji.
const INVISIBLE = new RegExp(
  '[\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b\\u2060-\\u2065' +
  '\\u206a-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}]', 'gu')
const LINE_ENDS = /[\r\n\u2028\u2029]+/g
const LONE_JOINERS =
  /^[\u200c\u200d]+|[\u200c\u200d]+$|(?<=\s)[\u200c\u200d]+|([\u200c\u200d])[\u200c\u200d]+/g
const JOINERS = /[\u200c\u200d]/g
const CODES = /[\x02\x03\x04\x0f\x11\x16\x1d-\x1f]/g
// A letter carries a few marks in any language; hundreds of them cover the lines around it.
const MANY_MARKS = /(\p{M}{6})\p{M}+/gu

// A message or a topic; the codes of mIRC stay.
export function cleanText(text: string): string {
  return text.replace(LINE_ENDS, ' ').replace(CONTROLS, '').replace(BIDI, '')
    .replace(INVISIBLE, '').replace(LONE_JOINERS, '$1').replace(MANY_MARKS, '$1')
}

// A name of a person or of a room: one word without anything that cannot be seen. Never empty.
export function cleanName(text: string): string {
  const name = cleanText(text).replace(CODES, '').replace(JOINERS, '').replace(/\s+/g, '_')
  return name || '?'
}

export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

// Cuts a text into pieces of at most so many bytes of UTF-8, between words where there is one in
// the second half. No piece is empty, and none ends within a character. `most` is at least 4.
export function splitBytes(text: string, most: number): string[] {
  const pieces: string[] = []
  let piece = ''
  let bytes = 0
  for (const character of text) {
    const size = utf8Length(character)
    if (bytes + size > most) {
      const blank = piece.lastIndexOf(' ')
      const at = blank > piece.length / 2 ? blank + 1 : piece.length
      pieces.push(piece.slice(0, at).trimEnd() || piece.slice(0, at))
      piece = piece.slice(at)
      bytes = utf8Length(piece)
    }
    piece += character
    bytes += size
  }
  if (piece) pieces.push(piece)
  return pieces
}

// Does the text name this person, as a whole word? Case does not matter.
export function mentions(text: string, nick: string): boolean {
  if (!nick) return false
  const hay = text.toLowerCase()
  const needle = nick.toLowerCase()
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
    const before = hay.slice(0, at).match(/[\p{L}\p{N}_]$/u)
    const after = hay.slice(at + needle.length).match(/^[\p{L}\p{N}_]/u)
    if (!before && !after) return true
  }
  return false
}
