import assert from 'node:assert/strict'
import {test} from 'node:test'
import {linkOf, plainOf, runsOf} from './format.ts'

function shown(text: string): string {
  return runsOf(text).map(run => {
    const looks = (['bold', 'italic', 'underline', 'strike', 'mono'] as const)
      .filter(look => run[look]).map(look => look[0]).join('')
    return `${looks}${run.link ? `<${run.link}>` : ''}[${run.text}]`
  }).join('')
}

test('codes become looks, and colours nothing', () => {
  assert.equal(shown('a\x02b\x1dc\x02d\x0fe'), '[a]b[b]bi[c]i[d][e]')
  assert.equal(shown('\x034,12red\x03 \x0304x\x03,5 \x04ff0000y'), '[red][ ][x][,5 ][y]')
  assert.equal(shown('\x11code\x11 \x1es\x1e \x1fu'), 'm[code][ ]s[s][ ]u[u]')
  assert.equal(plainOf('a\x02b\x0312c\u202e'), 'abc')
})

test('links lead to web pages only', () => {
  assert.equal(shown('see https://a.example/x?y=1#z.'),
               '[see ]<https://a.example/x?y=1#z>[https://a.example/x?y=1#z][.]')
  assert.equal(shown('(http://a.example/b_(c))'),
               '[(]<http://a.example/b_(c)>[http://a.example/b_(c)][)]')
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'https://',
                      'https://bank.example@evil.example/', 'ftp://a.example/']) {
    assert.ok(!shown(text).includes('<'), text)
    assert.equal(linkOf(text), null, text)
  }
})

test('no markup of a text is one', () => {
  assert.equal(shown('<img src=x onerror=alert(1)>'), '[<img src=x onerror=alert(1)>]')
  assert.equal(shown('https://a.example/"onmouseover=x'),
               '<https://a.example/>[https://a.example/]["onmouseover=x]')
})
