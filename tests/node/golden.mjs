// The bytes that y-protocols and Yjs make for fixed messages; tests compare ours with them.
//
//   node golden.mjs        prints a JSON object: name → hex

import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import * as awarenessProtocol from 'y-protocols/awareness'
import * as syncProtocol from 'y-protocols/sync'

const made = {}
const keep = (name, write) => {
  const encoder = encoding.createEncoder()
  write(encoder)
  made[name] = Buffer.from(encoding.toUint8Array(encoder)).toString('hex')
}

const doc = new Y.Doc()
doc.clientID = 42
doc.getText('content').insert(0, 'a😀b')
doc.getText('content').delete(0, 1)
const awareness = new awarenessProtocol.Awareness(doc)
awareness.setLocalState({ user: { name: 'Ada', color: '#aabbcc' }, cursor: null })

keep('step_1', encoder => syncProtocol.writeSyncStep1(encoder, doc))
keep('step_1_of_nothing', encoder => syncProtocol.writeSyncStep1(encoder, new Y.Doc()))
keep('step_2', encoder => syncProtocol.writeSyncStep2(encoder, doc))
keep('step_2_of_nothing', encoder => syncProtocol.writeSyncStep2(encoder, new Y.Doc()))
keep('update', encoder => syncProtocol.writeUpdate(encoder, Y.encodeStateAsUpdate(doc)))
keep('frame', encoder => { // as a Hocuspocus provider frames it
  encoding.writeVarString(encoder, 'room_1/f/a')
  encoding.writeVarUint(encoder, 0)
  syncProtocol.writeUpdate(encoder, Y.encodeStateAsUpdate(doc))
})
keep('awareness', encoder => encoding.writeUint8Array(encoder, awarenessProtocol.encodeAwarenessUpdate(awareness, [42])))
awareness.setLocalState({ name: '😀'.slice(0, 1), path: 'C:\\ud83d' })
keep('awareness_cut', encoder => encoding.writeUint8Array(encoder, awarenessProtocol.encodeAwarenessUpdate(awareness, [42])))
awareness.setLocalState(null)
keep('awareness_gone', encoder => encoding.writeUint8Array(encoder, awarenessProtocol.encodeAwarenessUpdate(awareness, [42])))
keep('text_of_ours', encoder => { // what encode_text(7, 'content', 'a😀b') must say
  const other = new Y.Doc()
  other.clientID = 7
  other.getText('content').insert(0, 'a😀b')
  encoding.writeUint8Array(encoder, Y.encodeStateAsUpdate(other))
})

awareness.destroy()
process.stdout.write(JSON.stringify(made, null, 2) + '\n')
