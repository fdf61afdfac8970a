// What random plans are made of: a seeded source, and text that is hard to handle. Halves of surrogate pairs are
// not typed: Yjs keeps them in the document that they were typed in and sends U+FFFD. Plans cut pairs instead.

/** mulberry32: small, seeded, good enough to walk a plan. */
export function randomSource (seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6D2B79F5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    int: n => Math.floor(next() * n),
    one: list => list[Math.floor(next() * list.length)],
    chance: p => next() < p
  }
}

export const CodePoints = ['a', 'be', '\n', ' ', 'x = 1\n', 'ä', 'naïve', '中文', '😀', '👩‍👩‍👧‍👦', 'é', '🇩🇪']
