/*
 * wsManager: the browser client of the collab server (PROTOCOL.md, 8).
 *
 *   <script src="https://collab.example.com/client.js" data-token="…"></script>
 *
 * makes window.wsManager and connects. It keeps every call, property and event that pages have
 * always used, comes back by itself until it is told not to, and never touches the page. ES2018,
 * no dependency, no inline code: it works under a strict Content-Security-Policy.
 */
(function (root) {
  'use strict';

  const VERSION = '1.0';
  const LONGEST_DELAY_MS = 30000;
  const STABLE_AFTER_MS = 60000;
  const SOON_MS = 2000;
  const QUEUED_MESSAGES = 100;
  const QUEUED_FOR_MS = 5 * 60 * 1000;
  const CURSOR_EVERY_MS = 50;
  const TYPING_EVERY_MS = 3000;
  const SILENCE_SLACK_MS = 10000;
  const TRY_AGAIN_MS = 1000;
  const PACE_MS = 150; // between messages, once the server has said that they come too fast
  const PACED_FOR_MS = 60000;
  const EDIT_CHARS = 12000;
  const EDIT_PIECES = 40;
  // Of a server that speaks plain WebSocket: what was wrong would be wrong again.
  const FINAL_FRAMING_CODES = [1002, 1008, 1009];
  const AUTH_TIMEOUT_CODE = 4502; // too late to sign in: the page was asleep, or the network slow
  const TOKEN_SLUGS = ['token_expired', 'token_replayed', 'invalid_token', 'token_required'];
  const STORED_TYPES = ['message', 'message_updated', 'message_deleted', 'reaction'];

  function randomHex(bytes) {
    const values = root.crypto.getRandomValues(new Uint8Array(bytes));
    return Array.from(values, (value) => value.toString(16).padStart(2, '0')).join('');
  }

  function uuid() {
    const hex = randomHex(16);
    const variant = (8 + (parseInt(hex[16], 16) & 3)).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}` +
      `${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** Return a text without halves of surrogate pairs, which no server takes. */
  function wellFormed(text) {
    return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g,
      (found) => (found.length === 2 ? found : '\uFFFD'));
  }

  function asText(frame) {
    return JSON.stringify(frame, (_, value) =>
      (typeof value === 'string' ? wellFormed(value) : value));
  }

  function isFinal(code) {
    if (code === AUTH_TIMEOUT_CODE) {
      return false;
    }
    return (code >= 4500 && code <= 4999) || FINAL_FRAMING_CODES.includes(code);
  }

  function deskKey(room, file) {
    return `${room}/${file === null ? '' : file}`;
  }

  function failure(reason, facts) {
    return Object.assign(new Error(reason), facts || {});
  }

  /** A promise with its ends in hand; nobody has to catch what it rejects. */
  function deferred() {
    const found = {};
    found.promise = new Promise((resolve, reject) => Object.assign(found, { resolve, reject }));
    found.promise.catch(() => {});
    return found;
  }

  // Edits, carried over each other: what `core/page_edits.py` of the server says, once more. A piece
  // is a deletion {start, end} or an insertion {at, lines}; a place is [line, UTF-16 unit].

  function before(a, b) {
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
  }

  function same(a, b) {
    return a[0] === b[0] && a[1] === b[1];
  }

  /** Return where a place at or after an insertion is then. */
  function push(insertion, place) {
    const added = insertion.lines.length - 1;
    if (place[0] !== insertion.at[0]) {
      return [place[0] + added, place[1]];
    }
    const last = insertion.lines[added].length;
    return [place[0] + added, (added ? place[1] - insertion.at[1] : place[1]) + last];
  }

  /** Return where a place is after a deletion; one within falls to its start. */
  function pull(deletion, place) {
    if (!before(deletion.start, place)) {
      return place;
    }
    if (before(place, deletion.end)) {
      return deletion.start;
    }
    if (place[0] !== deletion.end[0]) {
      return [place[0] - (deletion.end[0] - deletion.start[0]), place[1]];
    }
    return [deletion.start[0], deletion.start[1] + place[1] - deletion.end[1]];
  }

  /** Return a piece after another; `isFirst` decides between two insertions at one place. */
  function over(piece, other, isFirst) {
    if (piece.lines) {
      if (!other.lines) {
        return [{ at: pull(other, piece.at), lines: piece.lines }];
      }
      if (before(piece.at, other.at) || (isFirst && same(piece.at, other.at))) {
        return [piece];
      }
      return [{ at: push(other, piece.at), lines: piece.lines }];
    }
    if (!other.lines) {
      const start = pull(other, piece.start);
      const end = pull(other, piece.end);
      return before(start, end) ? [{ start, end }] : [];
    }
    if (!before(piece.start, other.at)) {
      return [{ start: push(other, piece.start), end: push(other, piece.end) }];
    }
    if (!before(other.at, piece.end)) {
      return [piece];
    }
    return [
      { start: push(other, other.at), end: push(other, piece.end) },
      { start: piece.start, end: other.at },
    ];
  }

  /** Carry ours and theirs over each other: [ours after theirs, theirs after ours]. */
  function carried(ours, theirs) {
    let after = theirs;
    const carriedOurs = [];
    for (const own of ours) {
      let pieces = [own];
      const next = [];
      for (const other of after) {
        const [left, right] = carriedOver(pieces, other);
        pieces = left;
        next.push(...right);
      }
      carriedOurs.push(...pieces);
      after = next;
    }
    return [carriedOurs, after];
  }

  /** Carry some of ours and one of theirs over each other. */
  function carriedOver(pieces, other) {
    let others = [other];
    const left = [];
    for (const piece of pieces) {
      if (others.length === 1) {
        left.push(...over(piece, others[0], false));
        others = over(others[0], piece, true);
      } else {
        const [pieceThen, othersThen] = carried([piece], others);
        left.push(...pieceThen);
        others = othersThen;
      }
    }
    return [left, others];
  }

  /** Return what a CodeMirror change does, null when it is none. */
  function piecesOf(change) {
    const isPlace = (place) => place && Number.isInteger(place.line) && Number.isInteger(place.ch);
    if (!change || !isPlace(change.from) || !isPlace(change.to) || !Array.isArray(change.text)
      || !change.text.length || change.text.some((line) => typeof line !== 'string')) {
      return null;
    }
    const start = [change.from.line, change.from.ch];
    const end = [change.to.line, change.to.ch];
    const pieces = before(start, end) ? [{ start, end }] : [];
    return pieces.concat(insertions(start, change.text));
  }

  /** Return an insertion in parts that fit a frame. */
  function insertions(at, text) {
    const parts = [];
    let place = at;
    let lines = [''];
    let size = 0;
    const finish = () => {
      if (lines.length > 1 || lines[0] !== '') {
        const part = { at: place, lines };
        parts.push(part);
        place = push(part, place);
      }
      lines = [''];
      size = 0;
    };
    text.forEach((line, index) => {
      if (index > 0) {
        lines.push('');
        size += 1;
      }
      let rest = wellFormed(line);
      while (rest !== '') {
        let cut = Math.min(rest.length, Math.max(2, EDIT_CHARS - size));
        if (cut < rest.length && /[\uD800-\uDBFF]/.test(rest[cut - 1])) {
          cut -= 1;
        }
        lines[lines.length - 1] += rest.slice(0, cut);
        size += cut;
        rest = rest.slice(cut);
        if (size >= EDIT_CHARS) {
          finish();
        }
      }
    });
    finish();
    return parts;
  }

  function asChanges(pieces) {
    const place = ([line, ch]) => ({ line, ch });
    return pieces.map((piece) => (piece.lines
      ? { from: place(piece.at), to: place(piece.at), text: piece.lines }
      : { from: place(piece.start), to: place(piece.end), text: [''] }));
  }

  /** The edits of one text of a page: one under way, the others wait. */
  class EditDesk {
    constructor(room, file) {
      this.room = room;
      this.file = file;
      this.seen = null; // the room's last number that the page's text has
      this.own = 0; // the page's last number
      this.underWay = []; // pieces
      this.waiting = []; // pieces
      this.hello = null; // id of the question where the room stands, until it is answered
      this.isReady = false;
    }
  }

  /** What is known of a room that the page wants to be in, connected or not. */
  class Room {
    constructor(name) {
      this.name = name;
      this.isJoined = false;
      this.joining = null; // deferred, while a join is on its way or waits for the connection
      this.reply = null; // the last room_joined
      this.epoch = null;
      this.offset = 0; // of the last event that the server is known to have
      this.delivered = 0; // of the last event that the page has heard
      this.isCatchingUp = false;
      this.unread = 0;
      this.readOffset = 0;
      this.readUpTo = 0; // what the page wants to have marked as read
      this.history = 0;
      this.typingSince = 0;
      this.cursor = undefined; // the newest one that waits
      this.cursorTimer = null;
      this.cursorAt = 0;
    }
  }

  class WebSocketManager {
    /**
     * @param {string} url of the server, ws or wss
     * @param {string|object|null} token, or the options
     * @param {object} options token, getToken (returns a token, or a promise of one), invite (the
     *   code of an invitation, in place of a token), name, reconnect (true), reconnectDelay (ms, the base of the backoff), autoConnect (true)
     */
    constructor(url, token, options) {
      const given = Object.assign({}, typeof token === 'object' ? token : { token }, options);
      this.url = url;
      this.token = given.token || null;
      this.ws = null;
      this.reconnect = given.reconnect !== false;
      this.reconnectDelay = given.reconnectDelay > 0 ? given.reconnectDelay : 1000;
      this.reconnecting = false;
      this.currentRoom = null;
      this.listeners = {};
      this.state = 'idle'; // connecting, authenticating, ready, waiting, stopped
      this.userId = null;
      this.clientId = null;
      this._getToken = given.getToken || null;
      this._name = given.name || null;
      this._session = { id: randomHex(16), key: randomHex(32) };
      this._invite = given.invite || null;
      this._needsToken = !this.token;
      this._freshRefusals = 0;
      this._authenticated = null; // the last auth_success, while it holds
      this._try = 0;
      this._attempt = 0;
      this._readySince = 0;
      this._timer = null;
      this._heartbeat = null;
      this._heardAt = 0;
      this._spreadMs = 0;
      this._retryAfterMs = 0;
      this._pingInterval = 25;
      this._rooms = new Map();
      this._desks = new Map(); // room and file → EditDesk
      this._requests = new Map(); // id → deferred
      this._lastId = 0;
      this._outbox = new Map(); // mid → message that is not acknowledged
      this._pacedUntil = 0;
      this._paceTimer = null;
      this._presence = null;
      this._listenToPage();
      if (given.autoConnect !== false) {
        this.connect();
      }
    }

    // Connecting.

    /** Connect, also after disconnect() or a final refusal. Harmless when connected. */
    connect() {
      if (this.ws || this.state === 'connecting') {
        return;
      }
      clearTimeout(this._timer);
      this._setState('connecting');
      this._try += 1;
      const attempt = this._try;
      this._freshToken().then(
        () => attempt === this._try && this._open(),
        (error) => attempt === this._try && this._tokenFailed(error));
    }

    /** Close the connection and stay away until connect(). Rooms are remembered. */
    disconnect() {
      clearTimeout(this._timer);
      this._timer = null;
      this.reconnecting = false;
      this._setState('stopped');
      if (this.ws) {
        this.ws.close(1000, 'bye');
      }
    }

    /** Use another token from now on; a connection that stands is refreshed with it. */
    setToken(token) {
      this.token = token;
      this._needsToken = false;
      if (this.state === 'ready') {
        return this.request({ type: 'refresh', token });
      }
      return Promise.resolve(null);
    }

    _freshToken() {
      if (!this._needsToken || !this._getToken) {
        return Promise.resolve();
      }
      return Promise.resolve().then(() => this._getToken()).then((token) => {
        this.token = token;
        this._needsToken = false;
      });
    }

    _tokenFailed(error) {
      if (this.state === 'connecting') {
        this.emit('error', failure('no token', { cause: error }));
        this._wait();
      }
    }

    _open() {
      if (this.state !== 'connecting') {
        return;
      }
      let ws;
      try {
        ws = new root.WebSocket(this.url);
      } catch (error) {
        this.emit('error', error);
        this._stop(0, 'no address that can be connected to');
        return;
      }
      this.ws = ws;
      ws.onopen = () => this._opened(ws);
      ws.onmessage = (event) => this._heard(ws, event.data);
      ws.onerror = (event) => this.ws === ws && this.emit('error', event);
      ws.onclose = (event) => this._closed(ws, event);
    }

    _opened(ws) {
      if (this.ws !== ws) {
        return;
      }
      this._setState('authenticating');
      this._heardAt = Date.now();
      this._beat();
      this.emit('connected', {});
      const auth = { type: 'auth', token: this.token, session: this._session };
      if (this._invite && !this.token) {
        auth.invite = this._invite;
      }
      auth.client = { name: 'wsManager', version: VERSION };
      if (this._name) {
        auth.name = this._name;
      }
      this._write(auth);
    }

    _closed(ws, event) {
      if (this.ws !== ws) {
        return;
      }
      const wasReady = this.state === 'ready';
      this.ws = null;
      this._authenticated = null;
      clearTimeout(this._heartbeat);
      for (const room of this._rooms.values()) {
        room.isJoined = false;
        room.isCatchingUp = false;
        this._desksOf(room.name).forEach((desk) => Object.assign(desk, { isReady: false }));
        clearTimeout(room.cursorTimer);
        room.cursorTimer = null;
        if (room.joining === null) {
          room.joining = deferred();
        }
      }
      for (const request of this._requests.values()) {
        request.reject(failure('the connection was lost', { slug: 'disconnected' }));
      }
      this._requests.clear();
      if (wasReady && Date.now() - this._readySince >= STABLE_AFTER_MS) {
        this._attempt = 0;
      }
      this.emit('disconnected', { code: event.code, reason: event.reason });
      if (this.state === 'stopped' || this.ws) {
        return;
      }
      const mayHaveAnother = this._needsToken && this._getToken && this._freshRefusals < 2;
      if (!this.reconnect || (isFinal(event.code) && !(event.code === 4501 && mayHaveAnother))) {
        this._stop(event.code, event.reason);
      } else {
        this._wait();
      }
    }

    _stop(code, reason) {
      this._setState('stopped');
      this.reconnecting = false;
      for (const entry of this._outbox.values()) {
        entry.promise.reject(failure('the connection has ended', { code }));
      }
      this._outbox.clear();
      for (const room of this._rooms.values()) {
        if (room.joining) {
          room.joining.reject(failure('the connection has ended', { code }));
          room.joining = null;
        }
      }
      this.emit('stopped', { code, reason });
    }

    /** Come back after a random while: full jitter, so that many do not come at once. */
    _wait() {
      const longest = Math.min(LONGEST_DELAY_MS, this.reconnectDelay * Math.pow(2, this._attempt));
      let delay = Math.random() * longest;
      if (this._spreadMs > 0) {
        delay = Math.random() * this._spreadMs;
      }
      delay += this._retryAfterMs;
      this._spreadMs = 0;
      this._retryAfterMs = 0;
      this._attempt += 1;
      this._setState('waiting');
      this.reconnecting = true;
      this._comeBackIn(delay);
      this.emit('reconnecting', { attempt: this._attempt, delay });
    }

    _comeBackIn(delay) {
      clearTimeout(this._timer);
      this._dueAt = Date.now() + delay;
      this._timer = setTimeout(() => this.connect(), delay);
    }

    /** When the network or the page is back, do not sit out a long wait. */
    _listenToPage() {
      const soon = () => {
        if (this.state === 'waiting' && this._dueAt - Date.now() > SOON_MS) {
          this._comeBackIn(Math.random() * SOON_MS);
        }
      };
      if (root.addEventListener) {
        root.addEventListener('online', soon);
        root.addEventListener('pageshow', soon);
      }
      if (root.document) {
        root.document.addEventListener('visibilitychange', () => !root.document.hidden && soon());
      }
    }

    /** Ask whether the server is there when it has been silent; give the socket up if it is not. */
    _beat() {
      clearTimeout(this._heartbeat);
      const ws = this.ws;
      this._heartbeat = setTimeout(() => {
        if (this.ws !== ws) {
          return;
        }
        const silentMs = Date.now() - this._heardAt;
        const longestMs = this._pingInterval * 1000 + SILENCE_SLACK_MS;
        if (silentMs >= longestMs + SILENCE_SLACK_MS && this._askedAt > this._heardAt) {
          ws.onclose({ code: 1006, reason: 'the server is silent' });
          ws.close();
          return;
        }
        if (silentMs >= longestMs) {
          this._askedAt = Date.now();
          this._write({ type: 'ping' });
        }
        this._beat();
      }, SILENCE_SLACK_MS / 2);
    }

    _setState(state) {
      if (this.state !== state) {
        this.state = state;
        this.emit('state', { state });
      }
    }

    // Hearing.

    _heard(ws, data) {
      if (this.ws !== ws || typeof data !== 'string') {
        return;
      }
      this._heardAt = Date.now();
      let event;
      try {
        event = JSON.parse(data);
      } catch (_) {
        return;
      }
      if (!event || typeof event.type !== 'string') {
        return;
      }
      switch (event.type) {
        case 'auth_success':
          this._signedIn(event);
          break;
        case 'error':
          this._refused(event);
          break;
        case 'room_joined':
          this._joined(event);
          break;
        case 'left':
          this._left(event);
          break;
        case 'ack':
          this._acknowledged(event);
          break;
        case 'edit':
          this._edited(event);
          break;
        case 'token_expiring':
          this._expiring(event);
          break;
        case 'shutdown':
          this._spreadMs = Math.max(0, Number(event.spread_ms) || 0);
          this.emit('shutdown', event);
          break;
        default:
          if (STORED_TYPES.includes(event.type) && typeof event.offset === 'number') {
            this._stored(event);
          } else {
            this._settle(event.re, null, event);
            this.emit(event.type, event);
          }
      }
    }

    _signedIn(event) {
      this._authenticated = event;
      this.userId = event.user_id;
      this.clientId = event.client_id;
      this._session = event.session || this._session;
      this.token = event.token || this.token;
      this._pingInterval = event.ping_interval || this._pingInterval;
      this._freshRefusals = 0;
      this._readySince = Date.now();
      this.reconnecting = false;
      this._setState('ready');
      for (const room of this._rooms.values()) {
        this._sendJoin(room);
      }
      if (this._presence) {
        this._write(this._presence);
      }
      this.emit('authenticated', event);
    }

    _refused(event) {
      if (this.state === 'authenticating' && TOKEN_SLUGS.includes(event.slug)) {
        if (!this._needsToken) {
          this._freshRefusals += 1;
        }
        this._needsToken = true;
      }
      if (event.slug === 'token_expired') {
        this._needsToken = true;
      }
      if (event.slug === 'rate_limited' && event.retry_after) {
        this._retryAfterMs = this.state === 'ready' ? 0 : event.retry_after * 1000;
      }
      this._editRefused(event);
      if (!this._messageRefused(event)) {
        const error = failure(event.message, event);
        this._settle(event.re, error, null);
        for (const room of Array.from(this._rooms.values())) {
          if (room.joining && event.re !== undefined && room.joinId === event.re) {
            this._joinRefused(room, event, error);
          }
        }
      }
      this.emit('error', event);
    }

    _joinRefused(room, event, error) {
      if (event.temporary) {
        const wait = (event.retry_after ? event.retry_after * 1000 : TRY_AGAIN_MS);
        room.joinId = null;
        setTimeout(() => {
          if (this._rooms.get(room.name) === room && !room.isJoined && room.joinId === null) {
            this._sendJoin(room);
          }
        }, wait);
        return;
      }
      this._forget(room, error);
    }

    _forget(room, error) {
      this._rooms.delete(room.name);
      this._desksOf(room.name).forEach((desk) => this._desks.delete(deskKey(desk.room, desk.file)));
      clearTimeout(room.cursorTimer);
      if (room.joining) {
        room.joining.reject(error);
      }
      for (const [mid, entry] of this._outbox) {
        if (entry.room === room.name) {
          this._outbox.delete(mid);
          entry.promise.reject(error);
        }
      }
      if (this.currentRoom === room.name) {
        this.currentRoom = null;
      }
    }

    _expiring(event) {
      this.emit('token_expiring', event);
      if (!this._getToken) {
        return;
      }
      this._needsToken = true;
      const ws = this.ws;
      this._freshToken().then(
        () => this.ws === ws && this.setToken(this.token),
        (error) => this.emit('error', failure('no token', { cause: error })));
    }

    // Rooms.

    /**
     * Be in a room from now on, also after the connection was lost.
     *
     * Calling it again changes nothing. Resolves with the server's room_joined; rejects when the
     * server refuses.
     *
     * @param {object} options history: how many of the last messages come as `events`
     */
    joinRoom(name, options) {
      let room = this._rooms.get(name);
      this.currentRoom = name;
      if (!room) {
        room = new Room(name);
        room.joining = deferred();
        this._rooms.set(name, room);
        room.history = (options && options.history) || 0;
        if (this.state === 'ready') {
          this._sendJoin(room);
        }
      }
      return room.joining ? room.joining.promise : Promise.resolve(room.reply);
    }

    /** Leave a room and forget it. */
    leaveRoom(name) {
      const room = this._rooms.get(name);
      if (room) {
        this._forget(room, failure('the room was left', { slug: 'left' }));
      }
      if (this.state === 'ready') {
        this._write({ type: 'leave', room: name });
      }
    }

    /** Return how many messages of others in a room have not been read; 0 when that is unknown. */
    unread(name) {
      const room = this._rooms.get(name);
      return room ? room.unread : 0;
    }

    _sendJoin(room) {
      if (!room.joining) {
        room.joining = deferred();
      }
      const join = { type: 'join', room: room.name, id: this._nextId() };
      room.joinId = join.id;
      if (room.epoch !== null) {
        join.recover = { epoch: room.epoch, offset: room.offset };
      }
      if (room.history) {
        join.history = room.history;
      }
      this._write(join);
    }

    _joined(event) {
      const room = this._rooms.get(event.room);
      if (!room) {
        this.emit('room_joined', event);
        return;
      }
      const isReturn = room.epoch !== null;
      const isStream = typeof event.offset === 'number';
      room.isJoined = true;
      room.isCatchingUp = false;
      room.reply = event;
      if (isStream) {
        room.unread = event.unread || 0;
        room.readOffset = event.read_offset || 0;
        if (room.epoch !== event.epoch) {
          room.readUpTo = 0;
        }
      }
      this.emit('room_joined', event);
      if (isStream && isReturn) {
        if (event.recovered) {
          (event.events || []).forEach((missed) => this.emit(missed.type, missed));
          this.emit('recovered', { room: room.name, events: (event.events || []).length });
        } else {
          this.emit('gap', { room: room.name });
        }
      }
      if (isStream) {
        // A room that keeps its last state tells it once more behind this, unless it was recovered.
        room.delivered = event.recovered ? event.offset : Math.max(0, event.offset - 1);
        room.epoch = event.epoch;
        room.offset = event.offset;
      }
      const joining = room.joining;
      room.joining = null;
      if (joining) {
        joining.resolve(event);
      }
      this._flush(room);
      this._desksOf(room.name).forEach((desk) => this._sayHello(desk));
    }

    _left(event) {
      const room = this._rooms.get(event.room);
      if (room && event.reason !== 'client') {
        this._forget(room, failure('the room was left', { slug: event.reason }));
      }
      this._settle(event.re, null, event);
      this.emit('left', event);
    }

    /** Take in an event that has a place in its room: each once, in order, and none missing. */
    _stored(event) {
      const room = this._rooms.get(event.room);
      if (!room || room.epoch === null) {
        this.emit(event.type, event);
        return;
      }
      if (room.isCatchingUp || event.offset < room.offset) {
        return;
      }
      if (event.offset === room.offset) {
        if (event.offset <= room.delivered) {
          return;
        }
      } else if (event.offset > room.offset + 1) {
        room.isCatchingUp = true;
        room.delivered = room.offset;
        this.emit('gap', { room: room.name });
        this._sendJoin(room);
        return;
      } else if (event.type === 'message' && !this._isOwn(event)) {
        room.unread += 1;
      } else if (event.type === 'message') {
        room.unread = 0;
        room.readOffset = event.offset;
      }
      room.offset = event.offset;
      room.delivered = event.offset;
      this.emit(event.type, event);
    }

    _isOwn(event) {
      return event.user_id !== null && event.user_id === this.userId;
    }

    // Saying.

    /**
     * Say something to a room. Waits while the connection is away, is stored once however often it
     * must be sent, and resolves with the server's ack {id, mid, offset, timestamp}.
     *
     * @param {object} options mid, reply_to, mentions
     */
    sendMessage(name, message, options) {
      const extra = options || {};
      const mid = extra.mid || uuid();
      if (this._outbox.size >= QUEUED_MESSAGES) {
        return this._rejected('too many messages wait for the server');
      }
      const frame = { type: 'message', room: name, message, mid };
      if (extra.reply_to) {
        frame.reply_to = extra.reply_to;
      }
      if (extra.mentions) {
        frame.mentions = extra.mentions;
      }
      const entry = { room: name, frame, promise: deferred(), at: Date.now(), isSent: false };
      this._outbox.set(mid, entry);
      const room = this._rooms.get(name);
      if (room) {
        room.typingSince = 0;
        this._sendWaiting();
      } else if (this.state === 'ready') {
        this._sendEntry(entry); // the server says that we are not in that room
      }
      return entry.promise.promise;
    }

    editMessage(room, messageId, message) {
      return this.request({ type: 'message_edit', room, message_id: messageId, message });
    }

    deleteMessage(room, messageId) {
      return this.request({ type: 'message_delete', room, message_id: messageId });
    }

    react(room, messageId, emoji, op) {
      return this.request({
        type: 'reaction', room, message_id: messageId, emoji, op: op || 'add',
      });
    }

    /** Resolve with a page of messages; bounds are {before, after, limit}. */
    history(room, bounds) {
      return this.request(Object.assign({ type: 'history', room }, bounds));
    }

    /** Say that the user begins, or stops, to write in a room. */
    typing(name, isTyping) {
      const room = this._rooms.get(name);
      if (!room || !room.isJoined) {
        return false;
      }
      if (isTyping === false) {
        const wasTyping = room.typingSince > 0;
        room.typingSince = 0;
        return wasTyping && this._write({ type: 'typing', room: name, state: 'stop' });
      }
      if (Date.now() - room.typingSince < TYPING_EVERY_MS) {
        return true;
      }
      room.typingSince = Date.now();
      return this._write({ type: 'typing', room: name, state: 'start' });
    }

    /** Mark a room as read up to an offset, or up to its last message. */
    markRead(name, offset) {
      const room = this._rooms.get(name);
      if (!room) {
        return;
      }
      const upTo = offset === undefined ? room.offset : offset;
      if (upTo >= room.offset) {
        room.unread = 0;
      }
      room.readUpTo = Math.max(room.readUpTo, upTo);
      if (room.isJoined) {
        this._sendRead(room);
      }
    }

    /** Say how present the user is: active, idle or dnd; options are {room, meta}. */
    setPresence(status, options) {
      const presence = Object.assign({ type: 'presence', status }, options);
      if (!presence.room) {
        this._presence = presence; // said again after a reconnect
      }
      return this.state === 'ready' && this._write(presence);
    }

    /** Point somewhere; of many in a row the last one counts. */
    sendCursor(name, position) {
      const room = this._rooms.get(name);
      if (!room || !room.isJoined) {
        return false;
      }
      room.cursor = position;
      if (room.cursorTimer === null) {
        const wait = Math.max(0, room.cursorAt + CURSOR_EVERY_MS - Date.now());
        const write = () => {
          room.cursorTimer = null;
          room.cursorAt = Date.now();
          this._write({ type: 'cursor', room: name, position: room.cursor });
        };
        if (wait === 0) {
          write();
        } else {
          room.cursorTimer = setTimeout(write, wait);
        }
      }
      return true;
    }

    /**
     * Tell the others in a room what changed in the page's text.
     *
     * CodeMirror's changes are numbered: what others do meanwhile comes as it must be done in this
     * page's text, and all end with the same. The page takes every `edit` in as it comes, and must
     * have told every change of its own before. Anything else is passed on as it is.
     *
     * @param {object} options file: which of the page's texts
     */
    sendEdit(name, changes, options) {
      const file = (options && options.file) || null;
      const pieces = piecesOf(changes);
      const room = this._rooms.get(name);
      if (pieces === null || !room) {
        return this._write(Object.assign({ type: 'edit', room: name, changes }, options));
      }
      const key = deskKey(name, file);
      if (!this._desks.has(key)) {
        this._desks.set(key, new EditDesk(name, file));
        if (room.isJoined) {
          this._sayHello(this._desks.get(key));
        }
      }
      const desk = this._desks.get(key);
      desk.waiting = desk.waiting.concat(pieces);
      this._sendEdits(desk);
      return true;
    }

    _desksOf(name) {
      return Array.from(this._desks.values()).filter((desk) => desk.room === name);
    }

    /** Ask where a room stands, and for what this page has missed. */
    _sayHello(desk) {
      desk.hello = this._nextId();
      const hello = { type: 'edit', room: desk.room, changes: [], seq: desk.own + 1 };
      this._writeEdit(desk, hello, desk.hello);
    }

    _sendEdits(desk) {
      if (!desk.isReady || desk.underWay.length || !desk.waiting.length) {
        return;
      }
      desk.own += 1;
      desk.underWay = desk.waiting.slice(0, EDIT_PIECES);
      desk.waiting = desk.waiting.slice(EDIT_PIECES);
      this._sendUnderWay(desk);
    }

    _sendUnderWay(desk) {
      const edit = { type: 'edit', room: desk.room, seq: desk.own };
      edit.changes = asChanges(desk.underWay);
      this._writeEdit(desk, edit, this._nextId());
    }

    _writeEdit(desk, edit, id) {
      if (desk.file !== null) {
        edit.file = desk.file;
      }
      if (desk.seen !== null) {
        edit.seen = desk.seen;
      }
      edit.id = id;
      desk.asked = id;
      this._write(edit);
    }

    /** Take in what somebody else changed, as it must be done in this page's text. */
    _edited(event) {
      const desk = this._desks.get(deskKey(event.room, event.file || null));
      const theirs = desk && typeof event.seq === 'number' ? piecesOf(event.changes) : null;
      if (theirs === null) {
        this.emit('edit', event);
        return;
      }
      if (desk.seen !== null) {
        if (event.seq !== desk.seen + 1) {
          return; // known; or the answer to our question will tell it again
        }
        desk.seen = event.seq;
      }
      if (!desk.underWay.length && !desk.waiting.length) {
        this.emit('edit', event);
        return;
      }
      let after;
      [desk.underWay, after] = carried(desk.underWay, theirs);
      [desk.waiting, after] = carried(desk.waiting, after);
      asChanges(after).forEach((changes) => this.emit('edit', Object.assign({}, event, { changes })));
    }

    _editAcknowledged(event) {
      const desk = this._desks.get(deskKey(event.room, event.file || null));
      if (!desk) {
        return;
      }
      desk.seen = Math.max(desk.seen || 0, event.seq);
      if (event.re !== undefined && event.re === desk.hello) {
        desk.hello = null;
        desk.isReady = true;
        if (desk.underWay.length) {
          this._sendUnderWay(desk);
          return;
        }
      } else if (event.own === desk.own) {
        desk.underWay = [];
      }
      this._sendEdits(desk);
    }

    /** The server knows no more how this page's text came about: the page must load it anew. */
    _editRefused(event) {
      for (const [key, desk] of this._desks) {
        if (desk.asked === event.re && event.re !== undefined) {
          this._desks.delete(key);
          this.emit('edit_gap', { room: desk.room, file: desk.file, slug: event.slug });
        }
      }
    }

    ping() {
      return this._write({ type: 'ping' });
    }

    /** Send an event as it is; false when there is no connection. */
    send(event) {
      return this._write(event);
    }

    /** Send an event and resolve with its one reply. */
    request(event) {
      const id = this._nextId();
      const request = deferred();
      if (this.state !== 'ready' || !this._write(Object.assign({}, event, { id }))) {
        return this._rejected('there is no connection');
      }
      this._requests.set(id, request);
      return request.promise;
    }

    _rejected(reason) {
      const never = deferred();
      never.reject(failure(reason, { slug: 'disconnected' }));
      return never.promise;
    }

    _nextId() {
      this._lastId += 1;
      return `w${this._lastId}`;
    }

    _write(event) {
      if (!this.ws || this.ws.readyState !== 1) {
        return false;
      }
      this.ws.send(asText(event));
      return true;
    }

    /** Send what has waited for a room. */
    _flush(room) {
      this._sendWaiting();
      if (room.readUpTo > room.readOffset) {
        this._sendRead(room);
      }
    }

    /** Send the messages that wait and whose room is joined; slowly for a while, if asked to. */
    _sendWaiting() {
      if (this._paceTimer !== null) {
        return;
      }
      for (const [mid, entry] of this._outbox) {
        const room = this._rooms.get(entry.room);
        if (!room || !room.isJoined || entry.ws === this.ws) {
          continue;
        }
        if (Date.now() - entry.at > QUEUED_FOR_MS && !entry.isSent) {
          this._outbox.delete(mid);
          entry.promise.reject(failure('the message waited too long', { slug: 'disconnected' }));
          continue;
        }
        this._sendEntry(entry);
        if (Date.now() < this._pacedUntil) {
          this._pause(PACE_MS);
          return;
        }
      }
    }

    _pause(ms) {
      clearTimeout(this._paceTimer);
      this._paceTimer = setTimeout(() => {
        this._paceTimer = null;
        this._sendWaiting();
      }, ms);
    }

    _sendEntry(entry) {
      entry.isSent = true;
      entry.ws = this.ws; // sent once a connection
      this._write(Object.assign({ id: entry.frame.mid }, entry.frame));
    }

    _sendRead(room) {
      if (room.readUpTo > room.readOffset) {
        room.readOffset = room.readUpTo;
        this._write({ type: 'read', room: room.name, offset: room.readUpTo });
      }
    }

    _acknowledged(event) {
      if (typeof event.seq === 'number') {
        this._editAcknowledged(event);
        return;
      }
      const entry = this._outbox.get(event.re);
      if (entry) {
        this._outbox.delete(event.re);
        entry.promise.resolve(event);
      }
      this._settle(event.re, null, event);
      this.emit('ack', event);
    }

    /** Tell whether an error was about a message; one that may work later is sent again. */
    _messageRefused(event) {
      const entry = this._outbox.get(event.re);
      if (!entry) {
        return false;
      }
      if (!event.temporary) {
        this._outbox.delete(event.re);
        entry.promise.reject(failure(event.message, event));
        return true;
      }
      entry.ws = null;
      this._pacedUntil = Date.now() + PACED_FOR_MS;
      this._pause(event.retry_after ? Math.max(PACE_MS, event.retry_after * 1000) : TRY_AGAIN_MS);
      return true;
    }

    _settle(id, error, event) {
      const request = this._requests.get(id);
      if (request) {
        this._requests.delete(id);
        if (error) {
          request.reject(error);
        } else {
          request.resolve(event);
        }
      }
    }

    // Events of the page.

    /** Call back at every event of a kind; at once when it is 'authenticated' and that holds. */
    on(event, callback) {
      if (!Object.prototype.hasOwnProperty.call(this.listeners, event)) {
        this.listeners[event] = [];
      }
      this.listeners[event].push(callback);
      const holds = this._authenticated;
      if (event === 'authenticated' && holds) {
        Promise.resolve().then(() => {
          const isHeard = (this.listeners[event] || []).includes(callback);
          if (this._authenticated === holds && isHeard) {
            this._call(callback, holds);
          }
        });
      }
      return this;
    }

    once(event, callback) {
      const wrapped = (data) => {
        this.off(event, wrapped);
        callback(data);
      };
      return this.on(event, wrapped);
    }

    /** Call back no more; without a callback, nobody at this event. */
    off(event, callback) {
      const heard = Object.prototype.hasOwnProperty.call(this.listeners, event)
        ? this.listeners[event] : [];
      this.listeners[event] = callback ? heard.filter((each) => each !== callback) : [];
      return this;
    }

    /** Let the page's own listeners hear something. One that throws disturbs no other. */
    emit(event, data) {
      if (Object.prototype.hasOwnProperty.call(this.listeners, event)) {
        this.listeners[event].slice().forEach((callback) => this._call(callback, data));
      }
    }

    _call(callback, data) {
      try {
        callback(data);
      } catch (error) {
        root.setTimeout(() => {
          throw error; // seen in the console, and by the page's own error handler
        });
      }
    }
  }

  root.WebSocketManager = WebSocketManager;

  /** Make window.wsManager as the script tag says; a tag with data-manual makes none. */
  const tag = root.document && root.document.currentScript;
  if (tag && tag.src && tag.dataset.manual === undefined) {
    const origin = new URL('ws', tag.src);
    origin.protocol = origin.protocol === 'https:' ? 'wss:' : 'ws:';
    root.wsManager = new WebSocketManager(tag.dataset.url || origin.href, {
      token: tag.dataset.token,
      name: tag.dataset.name,
      reconnect: tag.dataset.reconnect !== 'false',
      reconnectDelay: Number(tag.dataset.reconnectDelay),
      getToken: tag.dataset.tokenUrl ? () => fetchToken(tag.dataset.tokenUrl) : null,
    });
  }

  /** Fetch a token from the page's own back-end: text, or JSON {token}. */
  function fetchToken(url) {
    return root.fetch(url, { credentials: 'same-origin', cache: 'no-store' }).then((response) => {
      if (!response.ok) {
        throw failure(`the token's address answered ${response.status}`);
      }
      return response.text();
    }).then((text) => {
      try {
        return JSON.parse(text).token;
      } catch (_) {
        return text.trim();
      }
    });
  }
}(typeof window === 'undefined' ? globalThis : window));
