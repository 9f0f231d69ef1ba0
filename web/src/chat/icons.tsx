// Icons, drawn on 16 by 16. They say nothing by themselves: whoever uses one gives it words.
const PATHS = {
  menu: 'M2 4h12M2 8h12M2 12h12',
  people: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4' +
    'M11 7.3a2.2 2.2 0 0 0 0-4.4M12 9.8c1.6.5 2.5 1.8 2.5 3.7',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5 14 14',
  settings: 'M2 4.5h6M12 4.5h2M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM2 11.5h2M8 11.5h6' +
    'M6 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  send: 'M2.5 8 13.5 3 10 13.5 7.5 9 2.5 8ZM7.5 9l6-6',
  plus: 'M8 3v10M3 8h10',
  leave: 'M9.5 3H3v10h6.5M7 8h7M11.5 5.5 14 8l-2.5 2.5',
  down: 'M8 3v9.5M4 9l4 4 4-4',
}

export function Icon({name}: {name: keyof typeof PATHS}) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
