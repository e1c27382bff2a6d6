/** Times inside streamed text. Node's clock of `hrtime` is the same for all processes of a machine. */

const SIGN = '@@'
const DIGITS = 16

/** The present time as text of fixed length. */
export function mark(): string {
  return SIGN + String(nowUs()).padStart(DIGITS, '0')
}

/** Calls `visit` with the time (in µs) of each mark that stands whole in `bytes`. */
export function forEachMark(bytes: Buffer, visit: (writtenUs: number) => void): void {
  for (let at = bytes.indexOf(SIGN); at !== -1; at = bytes.indexOf(SIGN, at + DIGITS)) {
    const end = at + SIGN.length + DIGITS
    if (end <= bytes.length) visit(Number(bytes.toString('latin1', at + SIGN.length, end)))
  }
}

/** Microseconds of the machine's monotonic clock. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + Math.round(nanoseconds / 1000)
}
