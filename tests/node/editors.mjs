// Stock Yjs editors of one text each, driven by lines of JSON on standard input.
//
// Every line is { id, do, … }; every answer { id, … } or { id, error }. An editor is a Y.Doc with a
// stock provider: y-websocket, or @hocuspocus/provider (several of which may share one socket). What
// is thrown anywhere, or never caught, is told by `thrown`. A mesh of plain Y.Docs that no server is
// between gets every local update too, so that both ways can be compared.

import { createInterface } from 'node:readline'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { CodePoints, randomSource } from './random.mjs'

const thrown = []
process.on('uncaughtException', error => thrown.push(String(error.stack)))
process.on('unhandledRejection', error => thrown.push(String(error?.stack ?? error)))
const warnings = []
console.warn = (...said) => warnings.push(said.join(' '))
console.error = (...said) => thrown.push(said.join(' '))

const editors = new Map()
const sockets = new Map()
const mesh = { docs: [], queue: [] }
const counts = { frames: 0, bytes: 0 }

class CountedWebSocket extends WebSocket {
  send (data, ...rest) {
    counts.frames++
    counts.bytes += data.byteLength ?? data.length
    super.send(data, ...rest)
  }
}

class Editor {
  constructor ({ kind, url, name, token, epoch, socket, flushDelay, gc = true, user }) {
    this.doc = new Y.Doc({ gc })
    this.text = this.doc.getText('content')
    this.undo = new Y.UndoManager(this.text, { captureTimeout: 0 })
    this.closed = []
    this.told = []
    this.opened = 0
    this.doc.on('update', (update, origin) => { if (origin !== this.provider) mesh.queue.push(update) })
    if (kind === 'y-websocket') this.#openYWebsocket(url, name, token, epoch)
    else this.#openProvider(url, name, token, socket, flushDelay)
    this.provider.awareness.setLocalStateField('user', user ?? { name: 'of my own choosing' })
  }

  #openYWebsocket (url, name, token, epoch) {
    const params = { ...(token === undefined ? {} : { token }), ...(epoch === undefined ? {} : { epoch }) }
    const options = { params, WebSocketPolyfill: CountedWebSocket, disableBc: true, maxBackoffTime: 500 }
    const provider = this.provider = new WebsocketProvider(url, name, this.doc, options)
    provider.on('connection-close', event => this.closed.push(event?.code ?? null))
    provider.on('status', ({ status }) => { if (status === 'connected') this.opened++ })
    this.isSynced = () => provider.wsconnected && provider.synced
    this.isStopped = () => !provider.shouldConnect
    this.pending = () => null
    this.leave = () => provider.disconnect()
    this.comeBack = () => provider.connect()
    this.end = () => provider.destroy()
  }

  #openProvider (url, name, token, socket, flushDelay) {
    const options = { WebSocketPolyfill: CountedWebSocket, delay: 100, minDelay: 100, maxDelay: 500 }
    const key = socket ?? name
    if (!sockets.has(key)) sockets.set(key, new HocuspocusProviderWebsocket({ url, ...options }))
    const websocketProvider = sockets.get(key)
    const provider = this.provider = new HocuspocusProvider({ websocketProvider, name, token, document: this.doc, flushDelay })
    provider.on('close', ({ event }) => this.closed.push(event.code))
    provider.on('authenticationFailed', ({ reason }) => this.told.push(reason))
    provider.on('authenticated', ({ scope }) => { this.opened++; this.scope = scope })
    provider.on('stateless', ({ payload }) => this.told.push(payload))
    provider.attach()
    this.isSynced = () => provider.isAuthenticated && provider.synced
    this.isStopped = () => false
    this.pending = () => provider.unsyncedChanges
    this.leave = () => websocketProvider.disconnect()
    this.comeBack = () => websocketProvider.connect()
    this.end = () => { provider.destroy(); websocketProvider.destroy(); sockets.delete(key) }
  }

  edit (random, steps) {
    for (let step = 0; step < steps; step++) this.#editOnce(random)
  }

  #editOnce (random) {
    const { text, undo } = this
    const at = random.int(text.length + 1) // may fall between the halves of a pair
    const what = random.int(10)
    if (what < 6) text.insert(at, random.one(CodePoints))
    else if (what < 8) text.delete(Math.min(at, text.length), Math.min(random.int(4), text.length - Math.min(at, text.length)))
    else if (what < 9) undo.undo()
    else undo.redo()
    if (random.chance(0.3)) this.point(random.int(text.length + 1), random.int(text.length + 1))
  }

  /** As y-codemirror.next and y-monaco say where a caret is. */
  point (anchor, head) {
    const place = index => JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(this.text, index)))
    const said = { anchor: place(anchor), head: place(head) }
    this.provider.awareness.setLocalStateField('cursor', said)
    this.provider.awareness.setLocalStateField('selection', said)
  }

  get state () {
    const { provider } = this
    return {
      text: this.text.toString(),
      synced: this.isSynced(),
      stopped: this.isStopped(),
      pending: this.pending(),
      closed: this.closed,
      told: this.told,
      opened: this.opened,
      scope: this.scope ?? null,
      author: this.doc.clientID,
      holes: this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null,
      vector: Buffer.from(Y.encodeStateVector(this.doc)).toString('hex'),
      people: Object.fromEntries(provider.awareness.getStates())
    }
  }
}

const verbs = {
  open: ({ editor, ...options }) => { editors.set(editor, new Editor(options)) },
  insert: ({ editor, at, text }) => { editors.get(editor).text.insert(at, text) },
  erase: ({ editor, at, count }) => { editors.get(editor).text.delete(at, count) },
  undo: ({ editor }) => { editors.get(editor).undo.undo() },
  edit: ({ editor, seed, steps }) => { editors.get(editor).edit(randomSource(seed), steps) },
  point: ({ editor, anchor, head }) => { editors.get(editor).point(anchor, head) },
  say: ({ editor, field, value }) => { editors.get(editor).provider.awareness.setLocalStateField(field, value) },
  stateless: ({ editor, text }) => { editors.get(editor).provider.sendStateless(text) },
  sendRaw: ({ editor, hex }) => { editors.get(editor).provider.ws.send(Buffer.from(hex, 'hex')) },
  leave: ({ editor }) => { editors.get(editor).leave() },
  comeBack: ({ editor }) => { editors.get(editor).comeBack() },
  state: ({ editor }) => editors.get(editor).state,
  sum: () => ({ ...counts, thrown, warnings, texts: Object.fromEntries([...editors].map(([name, { text }]) => [name, text.toString()])), settled: [...editors.values()].every(each => each.isSynced() && !each.pending()) }),
  mesh: ({ seed }) => straight(seed),
  read: ({ updates }) => fresh(updates.map(hex => Buffer.from(hex, 'hex'))).getText('content').toString(),
  merged: () => Buffer.from(Y.mergeUpdates(mesh.queue)).toString('hex'),
  end: ({ editor }) => { editors.get(editor).end(); editors.delete(editor) }
}

/** Carry every local update straight to plain Yjs documents: in order, shuffled, doubled, merged, late. */
function straight (seed) {
  const random = randomSource(seed)
  const inOrder = fresh(mesh.queue)
  const shuffled = [...mesh.queue]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]]
  }
  const late = new Y.Doc()
  Y.applyUpdate(late, Y.encodeStateAsUpdate(inOrder))
  const docs = { inOrder, shuffled: fresh(shuffled), doubled: fresh([...mesh.queue, ...shuffled]), late }
  if (mesh.queue.length > 0) docs.merged = fresh([Y.mergeUpdates(mesh.queue)])
  return Object.fromEntries(Object.entries(docs).map(([name, doc]) => [name, doc.getText('content').toString()]))
}

function fresh (updates) {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: verb, ...rest } = JSON.parse(line)
  let answer
  try {
    answer = { id, said: verbs[verb](rest) ?? null }
  } catch (error) {
    answer = { id, error: String(error.stack) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
process.exit(0)
