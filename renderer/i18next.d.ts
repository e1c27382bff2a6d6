/** Makes the English catalogue the type of all keys: a key that isn't there doesn't compile. */
import type { texts } from './locales/en/index.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof texts
  }
}
