/** A call that the control plane refuses: a stable code, and a sentence in the engine's language that holds no secret. */
import type { ControlTextKey, ControlTextParams } from './control-texts.ts'
import { controlText } from './control-texts.ts'

export class ControlError extends Error {
  readonly code: ControlTextKey

  constructor(code: ControlTextKey, language: 'zh' | 'en', params: ControlTextParams = {}) {
    super(controlText(code, language, params))
    this.name = 'ControlError'
    this.code = code
  }
}
