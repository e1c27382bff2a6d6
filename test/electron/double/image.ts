/** `nativeImage`: reads PNG files; other formats count as images of unknown size. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { NativeImage } from 'electron'
import type { ImageState } from './messages.ts'

interface Representation {
  readonly bytes: Buffer
  readonly scaleFactor: number
}

export class ImageDouble implements Pick<
  NativeImage,
  | 'addRepresentation'
  | 'getAspectRatio'
  | 'getScaleFactors'
  | 'getSize'
  | 'isEmpty'
  | 'isMacTemplateImage'
  | 'isTemplateImage'
  | 'setTemplateImage'
  | 'toDataURL'
  | 'toPNG'
> {
  readonly #representations: Representation[]
  #size: { width: number; height: number }
  isMacTemplateImage = false

  constructor(bytes: Buffer | null, size = sizeOf(bytes)) {
    this.#representations = bytes === null ? [] : [{ bytes, scaleFactor: 1 }]
    this.#size = size
  }

  isEmpty(): boolean {
    return this.#representations.length === 0
  }

  getSize(): { width: number; height: number } {
    return this.#size
  }

  getAspectRatio(): number {
    return this.#size.height === 0 ? 1 : this.#size.width / this.#size.height
  }

  getScaleFactors(): number[] {
    return this.#representations.map(({ scaleFactor }) => scaleFactor)
  }

  addRepresentation(options: {
    readonly scaleFactor?: number
    readonly buffer?: Buffer
    readonly dataURL?: string
  }): void {
    const bytes = options.buffer ?? (options.dataURL === undefined ? null : bytesOfDataUrl(options.dataURL))
    if (bytes === null) return
    const scaleFactor = options.scaleFactor ?? 1
    if (this.isEmpty()) {
      const { width, height } = sizeOf(bytes)
      this.#size = { width: width / scaleFactor, height: height / scaleFactor }
    }
    this.#representations.push({ bytes, scaleFactor })
  }

  resize(options: { readonly width?: number; readonly height?: number }): ImageDouble {
    const { width, height } = { ...this.#size, ...options }
    return new ImageDouble(this.#representations[0]?.bytes ?? null, { width, height })
  }

  setTemplateImage(option: boolean): void {
    this.isMacTemplateImage = option
  }

  isTemplateImage(): boolean {
    return this.isMacTemplateImage
  }

  toPNG(): Buffer {
    return this.#representations[0]?.bytes ?? Buffer.alloc(0)
  }

  toDataURL(): string {
    return `data:image/png;base64,${this.toPNG().toString('base64')}`
  }

  state(): ImageState {
    const hash = createHash('sha256')
    for (const { bytes } of this.#representations) hash.update(bytes)
    return {
      isEmpty: this.isEmpty(),
      ...this.#size,
      isTemplate: this.isMacTemplateImage,
      hash: hash.digest('hex').slice(0, 12),
    }
  }
}

export const nativeImage = {
  createEmpty: () => new ImageDouble(null),
  createFromBuffer: (buffer: Buffer) => new ImageDouble(buffer),
  createFromDataURL: (dataUrl: string) => new ImageDouble(bytesOfDataUrl(dataUrl)),
  /** Empty when there is no such file: Electron doesn't throw either. */
  createFromPath(path: string): ImageDouble {
    const bytes = readOrNull(path)
    const image = new ImageDouble(bytes)
    const double = readOrNull(path.replace(/(\.\w+)$/, '@2x$1'))
    if (bytes !== null && double !== null) image.addRepresentation({ scaleFactor: 2, buffer: double })
    if (/Template(@\dx)?\.\w+$/.test(path)) image.setTemplateImage(true)
    return image
  },
}

/** What may stand for an image in Electron's API: itself or a path that must exist. */
export function imageOf(image: unknown): ImageDouble {
  if (image instanceof ImageDouble) return image
  if (typeof image !== 'string') throw new TypeError('Argument must be a file path or a NativeImage')
  const read = nativeImage.createFromPath(image)
  if (read.isEmpty()) throw new Error(`Failed to load image from path '${image}'`)
  return read
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    // No such file: the caller says what that means.
    return null
  }
}

function bytesOfDataUrl(dataUrl: string): Buffer | null {
  const base64 = /^data:image\/[^,]+;base64,(.*)$/s.exec(dataUrl)?.[1]
  return base64 === undefined ? null : Buffer.from(base64, 'base64')
}

/** Of a PNG: its IHDR chunk comes first (PNG specification, §11.2.2). */
function sizeOf(bytes: Buffer | null): { width: number; height: number } {
  if (bytes === null || bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG') return { width: 0, height: 0 }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}
