/**
 * Imported before any page: Chromium that was started under LANG=C names its language "en-US@posix", which is no language
 * tag. uPlot hands it to `Intl` while it is loaded, which throws, and there would be no overview.
 */
if (!isTag(navigator.language)) {
  const [tag = 'en'] = navigator.language.split('@')
  Object.defineProperty(navigator, 'language', { value: isTag(tag) ? tag : 'en' })
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0
  } catch {
    return false
  }
}
