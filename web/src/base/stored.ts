// Stored: a value of this page that outlives it, in the browser's own store. It may hold anything,
// or be forbidden: then it is what it was at first, and lives as long as the page.
import {effect, signal, type Signal} from '@preact/signals'

const PREFIX = 'patchbay.'

function read<T>(store: Storage, key: string, first: T, fits: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(store.getItem(PREFIX + key) ?? 'null')
    return fits(value) ? value : first
  } catch {
    return first
  }
}

// The store is asked for by a function: where it is forbidden even its name throws.
export function stored<T>(key: string, first: T, fits: (value: unknown) => value is T,
                          store: () => Storage = () => localStorage): Signal<T> {
  let kept: Storage | null = null
  try {
    kept = store()
  } catch {
    // The page works without.
  }
  const value = signal(kept ? read(kept, key, first, fits) : first)
  effect(() => {
    const text = JSON.stringify(value.value)
    try {
      kept?.setItem(PREFIX + key, text)
    } catch {
      // It is full.
    }
  })
  return value
}

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
export const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(isText)
