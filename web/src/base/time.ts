// Times and days, as they are shown. Milliseconds since 1970.

// Of 24 hours everywhere: times stand in a narrow column.
const CLOCK = new Intl.DateTimeFormat(
  undefined, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'})
const DAY = new Intl.DateTimeFormat(undefined, {weekday: 'long', day: 'numeric', month: 'long'})
const WHOLE = new Intl.DateTimeFormat(undefined, {dateStyle: 'full', timeStyle: 'medium'})

export const clockOf = (time: number): string => CLOCK.format(time)
export const wholeOf = (time: number): string => WHOLE.format(time)

// Two times of the same day have the same.
export function dayKey(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

export function dayOf(time: number, now: number): string {
  if (dayKey(time) === dayKey(now)) return 'Today'
  if (dayKey(time) === dayKey(now - 86_400_000)) return 'Yesterday'
  return DAY.format(time)
}

// "3 min", for how long something is ago or takes. Seconds are those of a whole duration.
export function durationOf(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}
