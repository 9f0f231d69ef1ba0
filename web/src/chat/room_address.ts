import type {Room} from '../irc/room.ts'

// Each room has an address: "#lobby", "##linux", and "#@ann" for a talk with ann.
export function hashOf(room: Room): string {
  if (room.kind === 'server') return '#@'
  const name = room.kind === 'person' ? `@${room.name}` : room.name.slice(1)
  return '#' + encodeURIComponent(name).replace(/%23/g, '#').replace(/%40/g, '@')
}
export function roomOfHash(hash: string): string | null {
  try {
    const name = decodeURIComponent(hash.slice(1))
    if (!name || name === '@' || /[\s,\x00-\x1f]/.test(name)) return null
    return name.startsWith('@') ? name.slice(1) : `#${name}`
  } catch {
    return null
  }
}
