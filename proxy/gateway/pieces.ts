/** Bytes that lie in several pieces, read and changed as if they were one: megabytes are not copied for a name. */

/** The bytes from `start` to `end`: a view where they lie in one piece, else a copy. */
export function bytesBetween(pieces: readonly Buffer[], start: number, end: number): Buffer {
  const found: Buffer[] = []
  collect(pieces, start, end, found)
  return found.length === 1 && found[0] ? found[0] : Buffer.concat(found)
}

/** A text in place of the bytes from `start` to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The pieces with their edits, which don't overlap. */
export function withEdits(pieces: readonly Buffer[], edits: readonly Edit[]): readonly Buffer[] {
  if (edits.length === 0) return pieces
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const edited: Buffer[] = []
  let at = 0
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    collect(pieces, at, start, edited)
    edited.push(Buffer.from(text, 'utf8'))
    at = end
  }
  collect(pieces, at, length, edited)
  return edited
}

function collect(pieces: readonly Buffer[], start: number, end: number, to: Buffer[]): void {
  let before = 0
  for (const piece of pieces) {
    const from = Math.max(0, start - before)
    const until = Math.min(piece.length, end - before)
    if (from < until) to.push(from === 0 && until === piece.length ? piece : piece.subarray(from, until))
    before += piece.length
  }
}
