import assert from 'node:assert/strict'
import {test} from 'node:test'
import {
  escapeTag, formatLine, formatTags, parseLine, parseSource, parseTags, unescapeTag,
} from './line.ts'

// Of the examples of RFC 1459 and IRCv3's message-tags, and what servers are seen to send.
test('a line is taken apart', () => {
  for (const [text, command, params] of [
    ['PING', 'PING', []],
    ['ping :a b', 'PING', ['a b']],
    [':irc.example.com CAP * LS :multi-prefix sasl', 'CAP', ['*', 'LS', 'multi-prefix sasl']],
    ['@id=1;x :dan!d@localhost PRIVMSG #chan :Hey there!', 'PRIVMSG', ['#chan', 'Hey there!']],
    ['CAP REQ :', 'CAP', ['REQ', '']],
    ['  a', null, []],
    ['COMMAND  a   b  :c  d ', 'COMMAND', ['a', 'b', 'c  d ']],
    ['COMMAND a:b c:', 'COMMAND', ['a:b', 'c:']],
    ['COMMAND a\r\n', 'COMMAND', ['a']],
    [':x', null, []],
    ['', null, []],
    ['1234 a', null, []],
    ['PRIV\0MSG a', null, []],
    ['a\nb', null, []],
  ] as const) {
    const line = parseLine(text)
    assert.equal(line?.command ?? null, command, JSON.stringify(text))
    if (line) assert.deepEqual(line.params, params, JSON.stringify(text))
  }
})

test('a line has limits', () => {
  assert.equal(parseLine('A ' + 'x'.repeat(20_000)), null)
  assert.equal(parseLine('A ' + 'x '.repeat(200)), null)
})

test('a source has its parts', () => {
  assert.deepEqual(parseSource('dan!~d@host.example'),
                   {nick: 'dan', user: '~d', host: 'host.example'})
  assert.deepEqual(parseSource('irc.example.com'), {nick: 'irc.example.com', user: '', host: ''})
  assert.deepEqual(parseSource('dan@host'), {nick: 'dan', user: '', host: 'host'})
})

test('tags are escaped, and read back', () => {
  const awkward = 'semi; space \\ cr\r lf\n end'
  assert.equal(escapeTag(awkward), 'semi\\:\\sspace\\s\\\\\\scr\\r\\slf\\n\\send')
  assert.equal(unescapeTag(escapeTag(awkward)), awkward)
  assert.equal(unescapeTag('a\\b\\'), 'ab')
  assert.deepEqual([...parseTags('a=1;b;c=;+d/e=\\:;a=2')],
                   [['a', '2'], ['b', ''], ['c', ''], ['+d/e', ';']])
  assert.deepEqual([...parseTags(formatTags([['text', awkward], ['in', '#a']]))],
                   [['text', awkward], ['in', '#a']])
})

test('what is formatted is read back', () => {
  for (const params of [['#a', 'hello there'], ['#a', ':x'], ['#a', ''], ['a', 'b', 'c']]) {
    const line = parseLine(formatLine('PRIVMSG', params, [['label', 'p 1']]))
    assert.deepEqual(line?.params, params)
    assert.equal(line?.tags.get('label'), 'p 1')
  }
})

test('nobody can say a second line in one', () => {
  assert.throws(() => formatLine('PRIVMSG', ['#a', 'x\r\nQUIT']), RangeError)
  assert.throws(() => formatLine('PRIVMSG', ['#a b', 'x']), RangeError)
  assert.throws(() => formatLine('PRIVMSG', ['', 'x']), RangeError)
  assert.throws(() => formatLine('PRIVMSG', [':a', 'x']), RangeError)
})
