import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Isupport} from './isupport.ts'

test('names are folded as the server does it', () => {
  const isupport = new Isupport()
  assert.equal(isupport.fold('A[]\\^'), 'a{}|~')
  isupport.take(['CASEMAPPING=ascii'])
  assert.equal(isupport.fold('A[]Ä'), 'a[]Ä')
  isupport.take(['CASEMAPPING=rfc8265'])
  assert.equal(isupport.fold('AÄ'), 'aä')
})

test('what is told can be taken back', () => {
  const isupport = new Isupport()
  isupport.take(['LINELEN=2048', 'CHANTYPES=#', 'PREFIX=(qaohv)~&@%+', 'CHANMODES=beI,k,l,imnst'])
  assert.equal(isupport.number('LINELEN', 512), 2048)
  assert.ok(!isupport.isRoom('&a'))
  assert.deepEqual(isupport.ranks()[0], ['q', '~'])
  assert.deepEqual(
    ['b', 'k', 'l', 'i', 'o'].map(mode => [isupport.takesParameter(mode, true),
                                           isupport.takesParameter(mode, false)]),
    [[true, true], [true, true], [true, false], [false, false], [true, true]])
  isupport.take(['-LINELEN', '-CHANTYPES'])
  assert.equal(isupport.number('LINELEN', 512), 512)
  assert.ok(isupport.isRoom('&a'))
})
