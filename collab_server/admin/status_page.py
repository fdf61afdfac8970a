"""The operator's status page: it asks for the key, keeps it in the page, and shows a few numbers.

One file without anything from elsewhere; its script shows text as text, and the policy lets nothing
else run. It only reads. Does not know the figures: it asks `/api/stats` and `/api/connections`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #1d2530; background: #f7f8fa }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 2rem }
form { display: flex; gap: .5rem; align-items: center }
input { font: inherit; padding: .35rem .5rem; flex: 1; max-width: 24rem; border: 1px solid #8a94a3;
  border-radius: 4px }
button { font: inherit; padding: .35rem .9rem; border: 1px solid #1d4ed8; border-radius: 4px;
  background: #1d4ed8; color: #fff }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem }
dl div { background: #fff; border: 1px solid #dde2e9; border-radius: 6px; padding: .6rem .8rem }
dt { color: #5b6675; font-size: .85rem } dd { margin: 0; font-size: 1.25rem;
  font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100%; background: #fff; font-size: .9rem }
th, td { text-align: left; padding: .35rem .6rem; border: 1px solid #dde2e9;
  overflow-wrap: anywhere }
#trouble { color: #b42318; min-height: 1.5em }
"""

SCRIPT = """
"use strict";
const names = { uptime_s: "Up for (s)", connections: "Connections", signed_in: "Signed in",
  users: "Users", rooms: "Rooms", live_documents: "Live documents",
  dirty_documents: "Waiting for the store", frames_in: "Messages in", frames_out: "Messages out",
  bytes_in: "Bytes in", bytes_out: "Bytes out", outbox_bytes: "Bytes in outboxes",
  store_failing: "Store failing", draining: "Shutting down", away: "Away" };
const at = (id) => document.getElementById(id);
let key = "", timer = 0;
function put(parent, tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}
async function ask(path) {
  const answer = await fetch(path, { headers: { "X-API-Key": key }, cache: "no-store" });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  return said;
}
function word(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? Math.round(value).toLocaleString("en") : String(value ?? "");
}
async function show() {
  try {
    const stats = await ask("/api/stats");
    const { connections, more } = await ask("/api/connections");
    at("stats").replaceChildren();
    for (const [name, value] of Object.entries(stats)) {
      const box = put(at("stats"), "div", "");
      put(box, "dt", names[name] ?? name);
      put(box, "dd", word(value));
    }
    at("rows").replaceChildren();
    for (const one of connections.slice(0, 200)) {
      const row = put(at("rows"), "tr", "");
      for (const cell of [one.user_id ?? "not signed in", one.name, one.address, one.door,
        one.rooms.join(", "), one.documents.length]) put(row, "td", word(cell));
    }
    at("more").textContent = more || connections.length > 200 ? "Not all are shown." : "";
    at("trouble").textContent = "";
    at("status").hidden = false;
  } catch (error) {
    at("trouble").textContent = error.message;
  }
  timer = setTimeout(show, 2000);
}
at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  key = at("key").value;
  at("key").value = "";
  clearTimeout(timer);
  show();
});
"""

PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Collab server</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{STYLE}</style>
<h1>Collab server</h1>
<form id="sign-in"><label for="key">API key</label>
<input id="key" type="password" autocomplete="off" required><button>Show</button></form>
<p id="trouble" role="alert"></p>
<main id="status" hidden><dl id="stats"></dl><h2>Connections</h2>
<table><thead><tr><th>User<th>Name<th>Address<th>Door<th>Rooms<th>Documents</tr></thead>
<tbody id="rows"></tbody></table><p id="more"></p></main>
<script>{SCRIPT}</script></html>
"""


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; connect-src 'self'; base-uri 'none';"
    f" form-action 'none'; frame-ancestors 'none'; style-src {_source(STYLE)};"
    f" script-src {_source(SCRIPT)}",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def status_page(_: Request) -> Response:
    """Return the page; it holds nothing of the server."""
    return HTMLResponse(PAGE, headers=HEADERS)
