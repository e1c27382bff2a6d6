/**
 * Texts in two languages. Each language is one chunk that is loaded when it is used; `test/renderer/locales.test.ts`
 * holds the catalogues to the same keys, so there is no fallback language.
 */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'

export type Language = 'zh' | 'en'
/** `system` follows the browser's language. */
export type LanguageChoice = Language | 'system'

const storageKey = 'ai-proxy.language'

const catalogues = {
  en: () => import('./locales/en/index.ts'),
  zh: () => import('./locales/zh/index.ts'),
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    fallbackLng: false,
    defaultNS: 'common',
    interpolation: { escapeValue: false },
  })
  window.addEventListener('languagechange', () => void showLanguage(resolveChoice(languageChoice())))
  await showLanguage(resolveChoice(languageChoice()))
}

export function languageChoice(): LanguageChoice {
  const stored = localStorage.getItem(storageKey)
  return stored === 'zh' || stored === 'en' ? stored : 'system'
}

export async function chooseLanguage(choice: LanguageChoice): Promise<void> {
  if (choice === 'system') localStorage.removeItem(storageKey)
  else localStorage.setItem(storageKey, choice)
  await showLanguage(resolveChoice(choice))
}

/** The BCP 47 tag for `Intl`, of the language that is shown. */
export function useLocale(): 'zh-CN' | 'en' {
  const { i18n } = useTranslation()
  return i18n.language === 'zh' ? 'zh-CN' : 'en'
}

function resolveChoice(choice: LanguageChoice): Language {
  if (choice !== 'system') return choice
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

async function showLanguage(language: Language): Promise<void> {
  const catalogue = await catalogues[language]()
  for (const [namespace, texts] of Object.entries(catalogue.texts))
    i18next.addResourceBundle(language, namespace, texts)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}
