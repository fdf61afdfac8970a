// A page with CodeMirror 6 on a shared text: y-codemirror.next over y-websocket, as a product would put it together.
// The address says where: #{url, name, token}.

import { defaultKeymap } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const { url, name, token } = JSON.parse(decodeURIComponent(window.location.hash.slice(1)))
const doc = new Y.Doc()
const text = doc.getText('content')
const provider = new WebsocketProvider(url, name, doc, { params: { token }, disableBc: true })
const undoManager = new Y.UndoManager(text)
const view = new EditorView({
  parent: document.body,
  state: EditorState.create({
    doc: text.toString(),
    extensions: [keymap.of([...yUndoManagerKeymap, ...defaultKeymap]), yCollab(text, provider.awareness, { undoManager })]
  })
})

window.editor = {
  isSynced: () => provider.wsconnected && provider.synced,
  text: () => view.state.doc.toString(),
  shared: () => text.toString(),
  select: (anchor, head) => { view.focus(); view.dispatch({ selection: { anchor, head } }) },
  replace: (from, to, insert) => view.dispatch({ changes: { from, to, insert } }),
  cut: (at, insert) => text.insert(at, insert),
  undo: () => undoManager.undo(),
  leave: () => provider.disconnect(),
  comeBack: () => provider.connect(),
  people: () => [...document.querySelectorAll('.cm-ySelectionInfo')].map(each => each.textContent),
  caretsAt: () => [...document.querySelectorAll('.cm-ySelectionCaret')].map(each => view.posAtDOM(each))
}
