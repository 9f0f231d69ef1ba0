// ConnectionWords: how the connection stands, in words. While it waits it counts the seconds.
import {useEffect, useState} from 'preact/hooks'
import {client} from './page.ts'

export function ConnectionWords() {
  const link = client.link.state.value
  const [, tick] = useState(0)
  useEffect(() => {
    if (link.kind !== 'waiting') return
    const timer = setInterval(() => tick(count => count + 1), 1000)
    return () => clearInterval(timer)
  }, [link])
  if (link.kind !== 'waiting') return <>Connecting…</>
  const seconds = Math.max(1, Math.ceil((link.until - Date.now()) / 1000))
  const why = client.lossReason.value
  return (
    <>
      No connection{why && ` (${why})`}. The next try is in{' '}
      <span aria-hidden="true">{seconds}</span> s.{' '}
      <button type="button" class="link" onClick={() => client.link.retry()}>Try now</button>
    </>
  )
}
