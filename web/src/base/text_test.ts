import assert from 'node:assert/strict'
import {test} from 'node:test'
import {cleanName, cleanText, mentions, splitBytes, utf8Length} from './text.ts'

test('nothing of a text hides or reorders what stands around it', () => {
  for (const [text, clean] of [
    ['a\u202eb\u2066c\u2069d\u061ce\u200ff', 'abcdef'],
    ['a\x00b\x07c\x1b[31md\x7fe\x9bf', 'abc[31mdef'],
    ['one\r\ntwo\u2028three', 'one two three'],
    ['a\u200bb\u2060c\ufeffd\u00ade\u3164f\u{e0041}g', 'abcdefg'],
    ['a\u200d\u200d\u200cb \u200dc\u200d', 'a\u200db c'],
    ['a\tb \x02bold\x0f', 'a\tb \x02bold\x0f'],
    ['👩‍💻 ok', '👩‍💻 ok'],
    ['e' + '\u0301'.repeat(400), 'e' + '\u0301'.repeat(6)],
  ] as const) assert.equal(cleanText(text), clean, JSON.stringify(text))
})

test('a name is one word that can be seen', () => {
  assert.equal(cleanName('a\u200db\u200c \x02c'), 'ab_c')
  assert.equal(cleanName('\u200b\u202e'), '?')
})

test('a text is cut at bytes, between words if it can be', () => {
  assert.deepEqual(splitBytes('aaa bbb ccc', 8), ['aaa bbb', 'ccc'])
  assert.deepEqual(splitBytes('a'.repeat(10), 4), ['aaaa', 'aaaa', 'aa'])
  assert.deepEqual(splitBytes('', 4), [])
  for (const text of ['ä🎉'.repeat(100), 'one '.repeat(90), ' '.repeat(40) + 'x']) {
    for (const most of [4, 7, 64]) {
      const pieces = splitBytes(text, most)
      assert.ok(pieces.every(piece => utf8Length(piece) <= most && piece !== ''))
      assert.equal(pieces.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
    }
  }
})

test('whole words name a person', () => {
  assert.ok(mentions('Ann: hi', 'ann'))
  assert.ok(mentions('hi,ann!', 'Ann'))
  assert.ok(mentions('banner and ann', 'ann'))
  assert.ok(!mentions('banner annex', 'ann'))
  assert.ok(!mentions('äann', 'ann'))
  assert.ok(!mentions('anything', ''))
})
