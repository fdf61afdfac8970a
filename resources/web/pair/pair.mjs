// The page /pair/{project}: for a guest without the editor. It lets one open the invitation in CodeXPro, or edit here.
// Text of others is only ever text: no markup is made of it. Bundled into pair.js by tests/support/pair_bundle.py.

import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const CODE = /^[A-Za-z0-9_-]{16,64}$/
const ANSWER_WITHIN_MS = 15000
const FINAL = { 4401: 'Your time here is over. Ask for a new link.', 4403: 'You may not open this any more.', 4404: 'It has been deleted.' }

const at = (id) => document.getElementById(id)
const project = decodeURIComponent(location.pathname.replace(/^.*\/pair\//, ''))
const place = `codexpro pair ${project}`
const secure = location.protocol === 'https:'
const socketUrl = `${secure ? 'wss' : 'ws'}://${location.host}`
const nonce = document.querySelector('meta[name=csp-nonce]').content

function show (id, isShown) { at(id).hidden = !isShown }

function tell (text) {
  at('trouble').textContent = text
  show('trouble', text !== '')
}

// What lets one come back as the same guest; kept by the browser for this project alone.
function kept () {
  try {
    const pass = JSON.parse(localStorage.getItem(place))
    if (typeof pass.token === 'string' && typeof pass.perm === 'string' && pass.expires * 1000 > Date.now()) return pass
  } catch { /* nothing, or nothing that this page wrote */ }
  return null
}

function keep (pass) {
  try { localStorage.setItem(place, JSON.stringify(pass)) } catch { /* a browser that keeps nothing: once is fine */ }
}

function codexproLink (code) {
  const port = location.port || (secure ? '443' : '80')
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)
  const tls = secure === !isLocal ? '' : `?tls=${secure ? 1 : 0}`
  return `codexpro://join/${location.hostname}:${port}/${code}${tls}`
}

function redeem (code, name) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${socketUrl}/ws`)
    const giveUp = setTimeout(() => { socket.close(); reject(new Error('The server does not answer.')) }, ANSWER_WITHIN_MS)
    const end = (settle, value) => { clearTimeout(giveUp); socket.onclose = null; socket.close(); settle(value) }
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', invite: code, name, client: { name: 'pair page', version: '1' } }))
    socket.onclose = () => end(reject, new Error('The server closed the connection.'))
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return
      const said = JSON.parse(data)
      if (said.type === 'error') end(reject, new Error(said.message))
      if (said.type !== 'auth_success') return
      const perm = (said.rooms || {})[project]
      if (!said.token || !perm) return end(reject, new Error('This link belongs to another project.'))
      end(resolve, { token: said.token, expires: said.expires_at, perm, name })
    }
  })
}

function open (name, pass, onClose) {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`${socketUrl}/yjs`, name, doc, { params: { token: pass.token }, disableBc: true })
  provider.on('connection-close', (event) => { if (event && FINAL[event.code]) onClose(FINAL[event.code]) })
  provider.on('status', ({ status }) => { at('link').textContent = status === 'connected' ? '' : 'Connecting…' })
  return { doc, provider }
}

function editText (id, pass, end) {
  const { doc, provider } = open(`${project}/f/${id}`, pass, end)
  const text = doc.getText('content')
  const undoManager = new Y.UndoManager(text)
  const mayWrite = pass.perm.includes('w')
  provider.awareness.setLocalStateField('user', { name: pass.name })
  const view = new EditorView({
    parent: at('text'),
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        EditorView.cspNonce.of(nonce), EditorView.darkTheme.of(matchMedia('(prefers-color-scheme: dark)').matches),
        lineNumbers(), drawSelection(), highlightActiveLine(),
        EditorState.readOnly.of(!mayWrite), EditorView.editable.of(mayWrite),
        EditorView.contentAttributes.of({ 'aria-label': 'Shared text' }),
        keymap.of([...yUndoManagerKeymap, ...defaultKeymap, indentWithTab]),
        yCollab(text, provider.awareness, { undoManager })
      ]
    })
  })
  view.focus()
  return () => { view.destroy(); provider.destroy(); doc.destroy() }
}

function edit (pass) {
  show('welcome', false)
  show('editing', true)
  at('who').textContent = pass.perm.includes('w') ? `You are ${pass.name}` : `You are ${pass.name}, and may read`
  let shown = null
  let close = () => {}
  const end = (why) => { tell(why); close(); manifest.provider.destroy(); show('editing', false); show('welcome', true) }
  const manifest = open(project, pass, end)
  const files = manifest.doc.getMap('files')
  const list = at('files')

  function choose (id) {
    if (id === shown) return
    close()
    shown = id
    close = editText(id, pass, end)
    list.value = id
  }

  function listFiles () {
    const found = [...files].filter(([id, file]) => /^[A-Za-z0-9][A-Za-z0-9_.:~-]{0,99}$/.test(id) && file && typeof file.path === 'string')
    found.sort(([, a], [, b]) => (a.path < b.path ? -1 : 1))
    list.replaceChildren(...found.map(([id, file]) => new Option(file.path, id, false, id === shown)))
    const first = files.get('default')
    if (shown === null && found.length) choose(found.some(([id]) => id === first) ? first : found[0][0])
    show('nothing', !found.length)
  }

  list.onchange = () => choose(list.value)
  files.observe(listFiles)
  manifest.provider.on('sync', listFiles)
}

function welcome () {
  const code = location.hash.slice(1)
  const hasCode = CODE.test(code)
  const pass = kept()
  at('project').textContent = project
  show('app', hasCode)
  show('here', hasCode || pass !== null)
  show('name-line', pass === null)
  show('codeless', !hasCode && pass === null)
  at('enter').textContent = pass === null ? 'Edit in this page' : `Go on as ${pass.name}`
  if (hasCode) {
    at('open').href = codexproLink(code)
    at('link-text').value = codexproLink(code)
  }
  at('copy').onclick = async () => {
    at('link-text').select()
    await navigator.clipboard.writeText(at('link-text').value).catch(() => document.execCommand('copy'))
    at('copy').textContent = 'Copied'
  }
  at('here').onsubmit = async (event) => {
    event.preventDefault()
    tell('')
    const again = kept()
    if (again !== null) return edit(again)
    at('enter').disabled = true
    try {
      const fresh = await redeem(code, at('name').value.trim() || 'Guest')
      keep(fresh)
      history.replaceState(null, '', location.pathname) // the code is spent
      edit(fresh)
    } catch (error) {
      tell(error.message)
    } finally {
      at('enter').disabled = false
    }
  }
}

welcome()
