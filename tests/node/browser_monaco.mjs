// A page with Monaco on a shared text: y-monaco over a Hocuspocus provider, as a product would put it together.
// The address says where: #{url, name, token}.

import { HocuspocusProvider } from '@hocuspocus/provider'
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api.js'
import { MonacoBinding } from 'y-monaco'
import * as Y from 'yjs'

const worker = URL.createObjectURL(new Blob(['self.onmessage = () => {}'], { type: 'text/javascript' }))
window.MonacoEnvironment = { getWorker: () => new window.Worker(worker) }
document.body.style.cssText = 'height: 400px; width: 600px'

const { url, name, token } = JSON.parse(decodeURIComponent(window.location.hash.slice(1)))
const doc = new Y.Doc()
const text = doc.getText('content')
const provider = new HocuspocusProvider({ url, name, token, document: doc })
const editor = monaco.editor.create(document.body, { value: '', language: 'plaintext' })
const model = editor.getModel()
model.setEOL(monaco.editor.EndOfLineSequence.LF)
const undoManager = new Y.UndoManager(text)
const binding = new MonacoBinding(text, model, new Set([editor]), provider.awareness)
undoManager.addTrackedOrigin(binding)

const range = (from, to) => {
  const [start, end] = [from, to].map(offset => model.getPositionAt(offset))
  return new monaco.Range(start.lineNumber, start.column, end.lineNumber, end.column)
}

window.editor = {
  isSynced: () => provider.isAuthenticated && provider.synced && provider.unsyncedChanges === 0,
  text: () => model.getValue(),
  shared: () => text.toString(),
  select: (anchor, head) => {
    const [start, end] = [anchor, head].map(offset => model.getPositionAt(offset))
    editor.setSelection(new monaco.Selection(start.lineNumber, start.column, end.lineNumber, end.column))
  },
  replace: (from, to, insert) => editor.executeEdits('page', [{ range: range(from, to), text: insert }]),
  cut: (at, insert) => text.insert(at, insert),
  undo: () => undoManager.undo(),
  leave: () => provider.configuration.websocketProvider.disconnect(),
  comeBack: () => provider.configuration.websocketProvider.connect(),
  people: () => [...provider.awareness.getStates().values()].map(state => state.user?.name).filter(Boolean),
  caretsAt: () => model.getAllDecorations()
    .filter(({ options }) => `${options.afterContentClassName} ${options.beforeContentClassName}`.includes('yRemoteSelectionHead'))
    .map(({ options, range }) => model.getOffsetAt(options.afterContentClassName ? range.getEndPosition() : range.getStartPosition()))
}
