import assert from 'node:assert/strict'
import {test} from 'node:test'
import {runTyped} from './commands.ts'
import {Completion} from './completion.ts'
import {backoff} from './link.ts'
import {MOST_MESSAGES, type Room} from './room.ts'
import {CAPABILITIES, Scene, spoken} from './scene_fixture.ts'

function inLobby(): {scene: Scene, lobby: Room} {
  const scene = new Scene()
  scene.connect()
  scene.enter()
  const lobby = scene.state.find('#lobby')
  assert.ok(lobby)
  return {scene, lobby}
}
const texts = (room: Room) => room.messages.map(message => message.text)

// --- registration --------------------------------------------------------------------------------

test('it asks for what the server offers, and comes in', () => {
  const scene = new Scene()
  scene.connect()
  assert.deepEqual(scene.said(), ['CAP LS 302', 'NICK ann', 'USER web 0 * ann'])
  scene.hear(':s CAP * LS * :message-tags batch', ':s CAP * LS :echo-message unknown')
  assert.deepEqual(scene.said(), ['CAP REQ :batch echo-message message-tags'])
  scene.hear(':s CAP ann ACK :batch message-tags', ':s CAP ann NAK :echo-message')
  assert.deepEqual(scene.said(), ['CAP END'])
  assert.equal(scene.client.phase.value, 'connecting')
  scene.hear(':s 001 ann_ :Welcome')
  assert.deepEqual(scene.said(), ['JOIN #lobby'])
  assert.equal(scene.client.phase.value, 'online')
  assert.equal(scene.state.nick.value, 'ann_')
  assert.ok(scene.client.has('batch') && !scene.client.has('echo-message'))
})

test('it logs in by a password, and says which field was wrong', () => {
  const scene = new Scene()
  scene.connect({account: 'ann', password: 'secret'})
  scene.said()
  scene.hear(':s CAP * LS :sasl=PLAIN', ':s CAP * ACK :sasl')
  assert.deepEqual(scene.said(), ['CAP REQ sasl', 'AUTHENTICATE PLAIN'])
  scene.hear('AUTHENTICATE +')
  assert.deepEqual(scene.said(), ['AUTHENTICATE ' + btoa('\0ann\0secret')])
  scene.hear(':s 904 ann :failed')
  assert.equal(scene.client.refusal.value?.field, 'account')
  assert.equal(scene.client.phase.value, 'asking')
  assert.ok(scene.socket.isClosed)
})

test('a long password goes in pieces', () => {
  const scene = new Scene()
  scene.connect({account: 'a', password: 'x'.repeat(297)})  // 300 bytes are 400 letters
  scene.hear(':s CAP * LS :sasl', ':s CAP * ACK :sasl')
  scene.said()
  scene.hear('AUTHENTICATE +')
  assert.deepEqual(scene.said().map(line => line.length), ['AUTHENTICATE '.length + 400, 14])
})

test('no password is sent where nobody can check it', () => {
  const scene = new Scene()
  scene.connect({account: 'ann', password: 'secret'})
  scene.hear(':s CAP * LS :batch', ':s CAP * ACK :batch')
  assert.equal(scene.client.refusal.value?.field, 'account')
  assert.ok(!scene.socket.sent.some(line => line.startsWith('AUTHENTICATE')))
})

test('a name in use is told at first, and changed after a reconnect', () => {
  const scene = new Scene()
  scene.connect()
  scene.hear(':s 433 * ann :in use')
  assert.match(scene.client.refusal.value?.why ?? '', /in use/)
  scene.connect()
  scene.enter()
  scene.lose()
  scene.pass(30_000)
  scene.socket.events.opened()
  scene.said()
  scene.hear(':s 433 * ann :in use')
  assert.deepEqual(scene.said(), ['NICK ann_'])
})

// --- losses --------------------------------------------------------------------------------------

test('waits grow, have an end, and differ', () => {
  assert.equal(backoff(0, 0), 250)
  assert.equal(backoff(2, 0.5), 1500)
  assert.ok(backoff(100, 0.99) <= 30_000)
})

test('after a loss it fetches what was missed, once', () => {
  const {scene, lobby} = inLobby()
  scene.page('#lobby', ['m1', 'one'], ['m2', 'two'])
  scene.hear(spoken('m3', '#lobby', 'three'))
  scene.lose('gone')
  assert.equal(scene.client.phase.value, 'waiting')
  assert.equal(scene.client.lossReason.value, 'gone')
  scene.pass(600)
  scene.socket.events.opened()
  scene.hear(`:s CAP * LS :${CAPABILITIES}`)
  for (const line of scene.said().filter(one => one.startsWith('CAP REQ'))) {
    scene.hear(`:s CAP * ACK ${line.slice('CAP REQ '.length)}`)
  }
  scene.hear(':s 001 ann :Welcome')
  assert.deepEqual(scene.said().slice(-1), ['JOIN #lobby'])
  scene.come('#lobby')
  assert.deepEqual(scene.said(), ['CHATHISTORY AFTER #lobby msgid=m3 100'])
  scene.hear(spoken('m6', '#lobby', 'six'))
  scene.page('#lobby', ['m4', 'four'], ['m5', 'five'], ['m6', 'six'])
  assert.deepEqual(texts(lobby), ['one', 'two', 'three', 'four', 'five', 'six'])
})

test('when the message it knows is gone it takes the latest', () => {
  const {scene, lobby} = inLobby()
  scene.page('#lobby', ['m1', 'one'])
  scene.lose()
  scene.pass(600)
  scene.socket.events.opened()
  scene.enter()
  scene.said()
  scene.hear(':s FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :no such message')
  assert.deepEqual(scene.said(), ['CHATHISTORY LATEST #lobby * 100'])
  scene.page('#lobby', ['m7', 'seven'])
  assert.deepEqual(texts(lobby), ['one', 'seven'])
})

test('a server that falls silent is asked, and left', () => {
  const {scene} = inLobby()
  scene.said()
  scene.pass(45_000)
  assert.deepEqual(scene.said(), ['PING patchbay'])
  scene.hear(':s PONG s patchbay')
  scene.pass(45_000)
  scene.pass(20_000)
  assert.equal(scene.client.phase.value, 'waiting')
  assert.equal(scene.sockets.length, 1)
  scene.client.link.retry()
  assert.equal(scene.sockets.length, 2)
})

// --- history and search --------------------------------------------------------------------------

test('older pages are put in front, until there are none', () => {
  const {scene, lobby} = inLobby()
  assert.equal(lobby.history.value, 'loading')
  scene.page('#lobby', ['m5', 'five'], ['m6', 'six'])
  scene.said()
  scene.client.history.older(lobby)
  scene.client.history.older(lobby)
  assert.deepEqual(scene.said(), ['CHATHISTORY BEFORE #lobby msgid=m5 100'])
  scene.page('#lobby', ['m3', 'three'], ['m5', 'five'])
  assert.deepEqual(texts(lobby), ['three', 'five', 'six'])
  scene.client.history.older(lobby)
  scene.page('#lobby')
  assert.equal(lobby.history.value, 'whole')
  scene.said()
  scene.client.history.older(lobby)
  assert.deepEqual(scene.said(), [])
})

test('old messages are not unread', () => {
  const {scene, lobby} = inLobby()
  scene.client.state.show(scene.state.server)
  scene.page('#lobby', ['m1', 'ann: one'])
  assert.deepEqual([lobby.unread.value, lobby.mentions.value], [0, 0])
  scene.hear(spoken('m2', '#lobby', 'two'), spoken('m3', '#lobby', 'Ann: three'))
  assert.deepEqual([lobby.unread.value, lobby.mentions.value], [2, 1])
  scene.state.show(lobby)
  assert.equal(lobby.unread.value, 0)
  assert.equal(lobby.messages.find(({key}) => key === lobby.firstUnread.value)?.text, 'two')
})

test('a room keeps a bounded number of messages', () => {
  const {scene, lobby} = inLobby()
  scene.page('#lobby')
  for (let i = 1; i <= MOST_MESSAGES + 1; ++i) scene.hear(spoken(`m${i}`, '#lobby', 'x'))
  assert.ok(lobby.messages.length <= MOST_MESSAGES)
  assert.equal(lobby.history.value, 'more')
})

test('a search shows the latest first', () => {
  const {scene, lobby} = inLobby()
  scene.said()
  scene.client.search('two; words', lobby)
  assert.deepEqual(scene.said(), ['SEARCH text=two\\:\\swords;in=#lobby;limit=50'])
  scene.hear(':s BATCH +s soju.im/search', spoken('m1', '#lobby', 'old', 'batch=s;'),
             spoken('m2', '#lobby', 'new', 'batch=s;'), ':s BATCH -s')
  assert.deepEqual(scene.state.search.value?.found.map(one => [one.room, one.message.text]),
                   [['#lobby', 'new'], ['#lobby', 'old']])
  scene.client.search('x', null)
  scene.hear(':s FAIL SEARCH INVALID_PARAMS text :too short')
  assert.equal(scene.state.search.value?.error, 'too short')
})

// --- talking -------------------------------------------------------------------------------------

test('what is said waits for its echo', () => {
  const {scene, lobby} = inLobby()
  scene.said()
  assert.equal(runTyped(scene.client, lobby, 'hello'), null)
  assert.deepEqual(scene.said(), ['@label=p1 PRIVMSG #lobby hello'])
  assert.equal(lobby.messages.at(-1)?.state, 'pending')
  scene.hear(spoken('m9', '#lobby', 'hello', 'label=p1;', 'ann'))
  assert.deepEqual(lobby.messages.map(({text, state, isOwn}) => [text, state, isOwn]),
                   [['hello', 'sent', true]])
})

test('what the server refuses is marked, and may be said again', () => {
  const {scene, lobby} = inLobby()
  runTyped(scene.client, lobby, 'hello')
  scene.hear('@label=p1 :s 404 ann #lobby :Cannot send')
  const failed = lobby.messages.at(-1)
  assert.deepEqual([failed?.state, failed?.why], ['failed', '#lobby Cannot send'])
  scene.said()
  scene.client.sayAgain(lobby, failed?.key ?? '')
  assert.deepEqual(scene.said(), ['@label=p2 PRIVMSG #lobby hello'])
  scene.lose()
  assert.equal(lobby.messages.at(-1)?.state, 'failed')
  assert.match(runTyped(scene.client, lobby, 'more') ?? '', /no connection/)
})

test('an answer of several lines carries its label as one', () => {
  const {scene, lobby} = inLobby()
  runTyped(scene.client, lobby, 'hello')
  scene.hear('@label=p1 :s BATCH +l labeled-response',
             spoken('m9', '#lobby', 'hello', 'batch=l;', 'ann'), ':s BATCH -l')
  assert.equal(lobby.messages.filter(({text}) => text === 'hello').length, 1)
})

test('without these capabilities it shows what it says itself', () => {
  const scene = new Scene()
  scene.connect()
  scene.enter('ann', 'message-tags')
  const lobby = scene.state.find('#lobby')
  assert.ok(lobby)
  scene.said()
  runTyped(scene.client, lobby, '/me waves')
  assert.deepEqual(scene.said(), ['PRIVMSG #lobby :\x01ACTION waves\x01'])
  assert.deepEqual(lobby.messages.map(({kind, text}) => [kind, text]), [['action', 'waves']])
  assert.equal(lobby.history.value, 'whole')
})

test('long texts and several lines are several messages', () => {
  const {scene, lobby} = inLobby()
  scene.said()
  runTyped(scene.client, lobby, `one\ntwo\n\n${'word '.repeat(200)}`)
  const lines = scene.said()
  assert.ok(lines.length >= 4, String(lines.length))
  // As the others are sent it.
  const relayed = lines.map(line => `:ann!u@h ${line.replace(/^@\S+ /, '')}\r\n`)
  assert.ok(relayed.every(line => line.length <= 512), String(relayed.map(line => line.length)))
})

test('each command sends what it should', () => {
  const {scene, lobby} = inLobby()
  for (const [typed, sent] of [
    ['/join ops', ['JOIN #ops']],
    ['/j #ops key', ['JOIN #ops key']],
    ['/nick bea', ['NICK bea']],
    ['/topic a b', ['TOPIC #lobby :a b']],
    ['/topic', ['TOPIC #lobby :']],
    ['/kick bob too loud', ['KICK #lobby bob :too loud']],
    ['/op bob eve', ['MODE #lobby +oo bob eve']],
    ['/mode +k x', ['MODE #lobby +k x']],
    ['/whois bob', ['WHOIS bob bob']],
    ['/away at lunch', ['AWAY :at lunch']],
    ['/away', ['AWAY']],
    ['/invite bob', ['INVITE bob #lobby']],
    ['/rooms', ['LIST']],
    ['//slash', ['@label=p1 PRIVMSG #lobby /slash']],
  ] as const) {
    scene.said()
    assert.equal(runTyped(scene.client, lobby, typed), null, typed)
    assert.deepEqual(scene.said(), sent, typed)
  }
  for (const typed of ['/nosuch', '/join', '/nick a b:c\0', '/kick', '/msg', '/op', '/mode :x']) {
    scene.said()
    const wrong = runTyped(scene.client, lobby, typed)
    if (typed !== '/nick a b:c\0') assert.ok(wrong, typed)
  }
})

// --- rooms and members ---------------------------------------------------------------------------

test('members come, go, change, and have signs', () => {
  const {scene, lobby} = inLobby()
  const members = () => [...lobby.members.values()].map(({signs, nick}) => signs + nick).sort()
  assert.deepEqual(members(), ['@bob', 'ann'])
  scene.hear(':eve!e@h JOIN #lobby eve :Eve', ':eve!e@h AWAY :lunch')
  assert.deepEqual(lobby.members.get('eve'), {nick: 'eve', signs: '', account: 'eve', isAway: true})
  scene.hear(':bob!b@h MODE #LOBBY +o-o+v eve bob bob')
  assert.deepEqual(members(), ['+bob', '@eve', 'ann'])
  scene.hear(':eve!e@h NICK Eva', ':bob!b@h QUIT :bye')
  assert.deepEqual(members(), ['@Eva', 'ann'])
  scene.hear(':ann!u@h KICK #lobby Eva :out')
  assert.deepEqual(members(), ['ann'])
})

test('to be put out ends it', () => {
  const {scene, lobby} = inLobby()
  scene.hear(':bob!b@h KICK #lobby ann :no')
  assert.ok(!lobby.isJoined.value)
  assert.deepEqual(scene.client.wanted.value, [])
  assert.match(runTyped(scene.client, lobby, 'x') ?? '', /not in #lobby/)
})

test('another name of one\'s own is followed', () => {
  const {scene} = inLobby()
  scene.hear(':ann!u@h NICK bea', spoken('m5', '#lobby', 'bea: hi'))
  assert.equal(scene.state.nick.value, 'bea')
  assert.ok(scene.state.find('#lobby')?.messages.some(message => message.isMention))
})

test('a talk with one person opens when he speaks', () => {
  const {scene} = inLobby()
  scene.hear(spoken('m5', 'ann', 'psst'))
  const bob = scene.state.find('BOB')
  assert.deepEqual([bob?.kind, bob?.mentions.value], ['person', 1])
  scene.hear(':server.name NOTICE ann :maintenance', ':eve!e@h NOTICE ann :bot answer')
  assert.equal(scene.state.find('eve'), null)
  assert.equal(scene.state.server.messages.length, 2)
})

test('strangers cannot fill the page', () => {
  const {scene} = inLobby()
  for (let i = 0; i < 1000; ++i) scene.hear(spoken(`m${i}`, 'ann', 'spam', '', `bot${i}`))
  assert.ok(scene.state.rooms.value.length < 300)
})

test('a great room does not tell who comes', () => {
  const {scene, lobby} = inLobby()
  scene.hear(`:s 353 ann = #lobby :${Array.from({length: 200}, (_, i) => `n${i}`).join(' ')}`)
  const before = lobby.messages.length
  scene.hear(':eve!e@h JOIN #lobby * :Eve')
  assert.equal(lobby.messages.length, before)
  assert.ok(lobby.members.has('eve'))
})

test('rooms are listed, the fullest first', () => {
  const {scene} = inLobby()
  scene.client.listRooms()
  scene.hear(':s 321 ann Channel :Users', ':s 322 ann #a 2 :topic', ':s 322 ann #b 7 :',
             ':s 323 ann :End')
  assert.deepEqual(scene.state.list.value?.rooms.map(room => room.name), ['#b', '#a'])
})

test('names, rooms and commands are completed', () => {
  const {scene, lobby} = inLobby()
  scene.come('#lobby', 'ann', 'bert', 'Eve')
  const completion = new Completion()
  const first = completion.next(scene.state, lobby, 'b', 1)
  assert.deepEqual(first, {text: 'bert: ', cursor: 6})
  assert.deepEqual(completion.next(scene.state, lobby, 'bert: ', 6), {text: 'bob: ', cursor: 5})
  assert.equal(completion.next(scene.state, lobby, 'hi ev!', 5)?.text, 'hi Eve !')
  assert.equal(completion.next(scene.state, lobby, '/top', 4)?.text, '/topic ')
  assert.equal(completion.next(scene.state, lobby, 'see #lo', 7)?.text, 'see #lobby ')
  assert.equal(completion.next(scene.state, lobby, 'zz', 2), null)
  assert.equal(completion.next(scene.state, lobby, '', 0), null)
})

test('whoever leaves leaves nothing behind', () => {
  const {scene} = inLobby()
  scene.hear(spoken('m5', 'ann', 'secret'))
  scene.said()
  scene.client.disconnect()
  assert.deepEqual(scene.said(), ['QUIT'])
  assert.equal(scene.client.phase.value, 'asking')
  assert.deepEqual(scene.state.rooms.value, [scene.state.server])
  assert.equal(scene.state.server.messages.length, 0)
})

// --- hostile servers -----------------------------------------------------------------------------

test('what is no line, or comes at the wrong time, does no harm', () => {
  const {scene, lobby} = inLobby()
  const rooms = scene.state.rooms.value.length
  scene.hear('', ':', '@', 'PRIVMSG', ':bob PRIVMSG', 'JOIN', ':x JOIN #unknown', 'BATCH',
             'BATCH -x', 'MODE #lobby +ooo', ':s 353 ann', ':s 005', 'NICK', 'FAIL', ':s 322',
             'AWAY', 'KICK',
             ':bob!b@h PRIVMSG #elsewhere :x', '@batch=nope :bob!b@h PRIVMSG #lobby :kept',
             ':bob!b@h PRIVMSG #lobby :\x01VERSION\x01')
  assert.equal(scene.state.rooms.value.length, rooms)
  assert.ok(texts(lobby).includes('kept'))
  for (let i = 0; i < 1000; ++i) scene.hear(`:s BATCH +x${i} chathistory #lobby`)
  scene.hear(spoken('m8', '#lobby', 'alive'))
  assert.ok(texts(lobby).includes('alive'))
})
