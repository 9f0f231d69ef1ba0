// Isupport: what a server says of itself in 005, with what holds where it says nothing.

export class Isupport {
  private readonly values = new Map<string, string>()

  // The parameters of 005 between the nick and the words at the end.
  take(tokens: readonly string[]): void {
    for (const token of tokens) {
      const equals = token.indexOf('=')
      const key = equals < 0 ? token : token.slice(0, equals)
      if (key.startsWith('-')) {
        this.values.delete(key.slice(1))
      } else {
        this.values.set(key, equals < 0 ? '' : token.slice(equals + 1))
      }
    }
  }

  get(key: string): string | null {
    return this.values.get(key) ?? null
  }
  number(key: string, otherwise: number): number {
    const value = Number.parseInt(this.get(key) ?? '', 10)
    return Number.isFinite(value) && value > 0 ? value : otherwise
  }

  // Two names that fold to the same are the same.
  fold(name: string): string {
    const mapping = this.get('CASEMAPPING') ?? 'rfc1459'
    if (mapping === 'ascii') return name.replace(/[A-Z]/g, letter => letter.toLowerCase())
    if (mapping !== 'rfc1459') return name.toLowerCase()
    return name.replace(/[A-Z[\]\\^]/g,
                        letter => String.fromCharCode(letter.charCodeAt(0) + 32))
  }

  isRoom(name: string): boolean {
    const types = this.get('CHANTYPES') ?? '#&'
    return name !== '' && types.includes(name[0] ?? '')
  }

  // [mode, sign] of what a member can be, the highest first: [['o', '@'], ['v', '+']].
  ranks(): [string, string][] {
    const match = /^\(([^)]*)\)(.*)$/.exec(this.get('PREFIX') ?? '(ov)@+')
    if (!match) return []
    const signs = Array.from(match[2] ?? '')
    return Array.from(match[1] ?? '', (mode, i) => [mode, signs[i] ?? ''])
  }

  // Does a mode of a room come with a parameter?
  takesParameter(mode: string, isAdded: boolean): boolean {
    if (this.ranks().some(([letter]) => letter === mode)) return true
    const kinds = (this.get('CHANMODES') ?? 'b,k,l,imnst').split(',')
    const [lists = '', always = '', added = ''] = kinds
    return lists.includes(mode) || always.includes(mode) || (isAdded && added.includes(mode))
  }
}
