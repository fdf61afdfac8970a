// Seeded traffic of real Yjs clients, with what a server has to make of each frame.
//
//   node lawful_traffic.mjs SEED FRAMES
//
// Prints one line a frame:
//   doc                          a new, empty document begins
//   known|new|early HEX          an update, and how it stands to what the server took so far
//   vector HEX                   a state vector that a client asked with
//   state HEX HEX                the server's state vector, and its deletes as an update
//
// An update is early when anything stays pending in a Y.Doc after it (the server then forgets it, as ours does),
// known when neither the state vector nor the logged deletes grow, else new. What the server refuses on purpose is left out: subdocuments, XmlHook, half a surrogate pair in JSON.

import { fileURLToPath } from 'node:url'
import { randomSource } from './random.mjs'
import * as Y from 'yjs'

const WORDS = ['a', 'be', '\n', ' ', 'x = 1\n', 'ä', 'naïve', '中文', '😀', '👩‍👩‍👧‍👦', 'é', '🇩🇪', '\u0000', '\u2028', '\ud83d', '\ude00']
const VALUES = [
  null, undefined, true, false, 0, -0, 1, -1, 63, 64, -64, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, 0.5, 1e300, NaN,
  Infinity, -Infinity, 12n, -(2n ** 60n), '', 'text', '😀', '\ud800', [], {}, [1, [2, [3, { a: [] }]]], { 'a b': { c: [null, 'd'] } },
  new Uint8Array([]), new Uint8Array([1, 2, 3])
]
const EMPTY = Uint8Array.of(0, 0)
const FORMATS = [{ bold: true }, { bold: null }, { link: { href: 'https://example.org/ä' } }, { size: 12.5 }, { '': 'x' }]
const EMBEDS = [{ image: 'a.png' }, { formula: 'e=mc²', nested: [[1]] }, 'text', 7, [true]]

class Client {
  constructor (random, gc) {
    this.random = random
    this.doc = new Y.Doc({ gc })
    this.doc.clientID = newAuthorId(random)
    this.sent = []
    this.doc.on('update', (update, origin) => { if (origin !== 'net') this.sent.push(update) })
    this.text = this.doc.getText('content')
    this.undo = new Y.UndoManager([this.text, this.doc.getMap('map'), this.doc.getArray('list')], { captureTimeout: 0 })
  }

  receive (update) { Y.applyUpdate(this.doc, update, 'net') }

  /** Do a few random edits, in one transaction or several; return the raw updates. */
  edit () {
    const times = 1 + this.random.int(this.random.chance(0.2) ? 20 : 3)
    const run = () => { for (let i = 0; i < times; i++) this.#editOnce() }
    if (this.random.chance(0.3)) this.doc.transact(run)
    else run()
    return this.sent.splice(0)
  }

  #editOnce () {
    const actions = [
      () => this.#type(), () => this.#type(), () => this.#type(), () => this.#erase(), () => this.#erase(),
      () => this.#format(), () => this.#setKey(), () => this.#editList(), () => this.#editXml(), () => this.#undo()
    ]
    this.random.one(actions)()
  }

  #type () {
    const { random, text } = this
    const at = random.int(text.length + 1) // may fall between the halves of a pair
    if (random.chance(0.1)) text.insertEmbed(at, random.one(EMBEDS))
    else if (random.chance(0.02)) text.insert(at, random.one(WORDS).repeat(400))
    else text.insert(at, random.one(WORDS))
  }

  #erase () {
    const { random, text } = this
    if (text.length === 0) return
    const at = random.int(text.length)
    text.delete(at, Math.min(text.length - at, 1 + random.int(random.chance(0.1) ? 100 : 4)))
  }

  #format () {
    const { random, text } = this
    const at = random.int(text.length + 1)
    text.format(at, random.int(text.length - at + 1), random.one(FORMATS))
  }

  #setKey () {
    const { random } = this
    const map = this.#deepest(this.doc.getMap('map'))
    const key = random.one(['a', 'b', 'c', '', 'ä😀'])
    if (random.chance(0.2)) map.delete(key)
    else map.set(key, this.#value())
  }

  #editList () {
    const { random } = this
    const list = this.doc.getArray('list')
    const at = random.int(list.length + 1)
    if (list.length > 0 && random.chance(0.3)) {
      list.delete(random.int(list.length), 1)
    } else {
      list.insert(at, Array.from({ length: 1 + random.int(4) }, () => this.#listValue()))
    }
  }

  /** What Y.Array takes: no undefined and no BigInt, unless in something. */
  #listValue () {
    const value = this.#value()
    return value === undefined || typeof value === 'bigint' ? [value] : value
  }

  #value () {
    const { random } = this
    if (random.chance(0.75)) return random.one(VALUES)
    return random.one([() => new Y.Map([['k', 1]]), () => new Y.Array(), () => new Y.Text('in text')])()
  }

  /** Go down into a map in a map as far as chance wants. */
  #deepest (map) {
    for (let depth = 0; depth < 10; depth++) {
      const inner = [...map.values()].filter(value => value instanceof Y.Map)
      if (inner.length === 0 || this.random.chance(0.3)) return map
      map = this.random.one(inner)
    }
    return map
  }

  #editXml () {
    const { random } = this
    let element = this.doc.getXmlFragment('prosemirror')
    for (let depth = 0; depth < 12; depth++) {
      const inner = element.toArray().filter(child => child instanceof Y.XmlElement)
      if (inner.length === 0 || random.chance(0.3)) break
      element = random.one(inner)
    }
    if (element.length > 0 && random.chance(0.2)) {
      element.delete(random.int(element.length), 1)
    } else if (element instanceof Y.XmlElement && random.chance(0.3)) {
      element.setAttribute(random.one(['level', 'class']), random.one(['1', 'ä', '']))
    } else {
      const child = random.one([
        () => new Y.XmlElement(random.one(['paragraph', 'list_item', 'ä'])), () => new Y.XmlText('hello')
      ])()
      element.insert(random.int(element.length + 1), [child])
    }
  }

  #undo () {
    if (this.random.chance(0.5)) this.undo.undo()
    else if (this.random.chance(0.5)) this.undo.redo()
    else this.undo.stopCapturing()
  }
}

const taken = new Set() // two live documents with one id split, in Yjs too

function newAuthorId (random) {
  const low = random.int(2 ** 32)
  const high = random.chance(0.2) ? random.int(2 ** 21) : 0 // pycrdt's ids have 53 bits
  const id = random.chance(0.1) ? random.int(20_000) : high * 2 ** 32 + low // some of one to three bytes
  if (taken.has(id)) return newAuthorId(random)
  taken.add(id)
  return id
}

/**
 * The reference: what a server has that drops early updates and knows the log, not the document. A document
 * deletes by itself, too (the loser of two values for one key, what stands in a deleted type); no log says so.
 */
class Server {
  constructor () {
    this.doc = new Y.Doc({ gc: false })
    this.log = EMPTY
  }

  vector () { return Y.encodeStateVector(this.doc) }

  take (update) {
    const vector = this.vector()
    Y.applyUpdate(this.doc, update)
    const { pendingStructs, pendingDs } = this.doc.store
    if (pendingStructs !== null || pendingDs !== null) {
      this.doc = new Y.Doc({ gc: false })
      Y.applyUpdate(this.doc, this.log)
      return 'early'
    }
    const log = Y.mergeUpdates([this.log, update])
    const isKnown = Buffer.compare(vector, this.vector()) === 0 &&
      Y.equalDeleteSets(Y.decodeUpdate(this.log).ds, Y.decodeUpdate(log).ds)
    this.log = log
    return isKnown ? 'known' : 'new'
  }
}

const hex = bytes => Buffer.from(bytes).toString('hex')

/** One document's life: clients that edit, miss, merge, repeat and catch up. */
function * document (random, steps) {
  yield 'doc'
  const server = new Server()
  const clients = Array.from({ length: 2 + random.int(3) }, () => new Client(random, random.chance(0.7)))
  const log = []
  const take = update => {
    log.push(update)
    return `${server.take(update)} ${hex(update)}`
  }
  const kept = [] // raw updates that have not reached the server
  for (let step = 0; step < steps; step++) {
    const client = random.one(clients)
    const updates = client.edit()
    if (random.chance(0.75)) for (const update of updates) yield take(update)
    else kept.push(...updates)
    if (random.chance(0.15) && kept.length > 0) yield take(kept.splice(random.int(kept.length), 1)[0]) // out of order
    if (random.chance(0.1) && kept.length > 1) { // merged with holes: Skip
      yield take(Y.mergeUpdates(kept.filter(() => random.chance(0.6)).concat(kept[0])))
    }
    if (random.chance(0.1) && log.length > 0) yield take(random.one(log)) // once more
    if (random.chance(0.15)) { // the answer to a server's step 1, pending structs and all
      yield `vector ${hex(server.vector())}`
      yield take(Y.encodeStateAsUpdate(client.doc, server.vector()))
    }
    if (random.chance(0.05)) yield take(Y.encodeStateAsUpdate(client.doc))
    if (random.chance(0.1)) { // catch up, against an own vector that may be old
      const vector = Y.encodeStateVector(client.doc)
      yield `vector ${hex(vector)}`
      const missing = random.chance(0.5) ? Y.encodeStateAsUpdate(server.doc, vector) : Y.diffUpdate(server.log, vector)
      yield take(missing)
      client.receive(missing)
    }
    if (random.chance(0.1) && log.length > 2) { // a peer that hears only some of it: pending structs
      client.receive(random.one(log))
      yield take(Y.encodeStateAsUpdate(client.doc))
    }
    if (random.chance(0.05) && log.length > 4) {
      const some = log.slice(random.int(log.length)).slice(0, 12)
      yield take(Y.mergeUpdates(some))
      yield take(Y.diffUpdate(Y.mergeUpdates(some), Y.encodeStateVector(random.one(clients).doc)))
    }
    if (random.chance(0.03)) client.doc.clientID = newAuthorId(random)
  }
  for (const client of clients) yield take(Y.encodeStateAsUpdate(client.doc, server.vector()))
  yield `vector ${hex(server.vector())}`
  yield `state ${hex(server.vector())} ${hex(Y.diffUpdate(server.log, server.vector()))}`
}

export function * traffic (seed, frames) {
  const random = randomSource(seed)
  let count = 0
  while (count < frames) {
    for (const line of document(random, 20 + random.int(60))) {
      yield line
      count += /^(known|new|early)/.test(line) ? 1 : 0
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seed, frames] = process.argv.slice(2).map(Number)
  let lines = []
  for (const line of traffic(seed, frames)) {
    lines.push(line)
    if (lines.length === 1000) {
      process.stdout.write(lines.join('\n') + '\n')
      lines = []
    }
  }
  process.stdout.write(lines.join('\n') + '\n')
}
