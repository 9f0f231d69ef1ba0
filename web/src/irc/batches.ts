// Batches: lines that belong together are kept until the last of them is there (IRCv3 batch).
import type {Line} from './line.ts'

export interface Batch {
  type: string
  params: readonly string[]
  label: string | null  // of the request that it, or the batch around it, answers
  lines: Line[]
}

const MOST_OPEN = 64
const MOST_LINES = 5000

export class Batches {
  private readonly open = new Map<string, Batch>()

  // The line if it stands alone, a batch with its last line, null while one is under way.
  take(line: Line): Line | Batch | null {
    if (line.command === 'BATCH') return this.takeMark(line)
    const around = this.open.get(line.tags.get('batch') ?? '')
    if (!around) return line
    if (around.lines.length < MOST_LINES) around.lines.push(line)
    return null
  }

  clear(): void {
    this.open.clear()
  }

  private takeMark(line: Line): Batch | null {
    const [mark = '', type = '', ...params] = line.params
    const name = mark.slice(1)
    if (mark.startsWith('+')) {
      if (this.open.size >= MOST_OPEN) return null
      const around = this.open.get(line.tags.get('batch') ?? '')
      const label = line.tags.get('label') ?? around?.label ?? null
      this.open.set(name, {type, params, label, lines: []})
      return null
    }
    const batch = this.open.get(name) ?? null
    this.open.delete(name)
    return batch
  }
}

export function isBatch(taken: Line | Batch): taken is Batch {
  return 'lines' in taken
}
