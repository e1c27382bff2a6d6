/**
 * Masks what looks like a secret in any text. A second line of defence only: secrets are masked where they enter a
 * message; this catches what a provider's error or a URL brought along.
 */

/** Replaces keys of known forms, Bearer tokens and passwords in URLs, so that `sk-…a1b2` is left of a key. */
export function maskSecrets(text: string): string {
  // Nearly every line holds nothing of the kind: one look tells so.
  if (!mayHoldSecret.test(text)) return text
  return text
    .replaceAll(knownKey, (_, prefix: string, rest: string) => `${prefix}…${rest.slice(-4)}`)
    .replaceAll(bearer, (_, scheme: string, token: string) => `${scheme} …${token.slice(-4)}`)
    .replaceAll(urlPassword, '$1…@')
    .replaceAll(queryKey, (_, name: string, value: string) => `${name}=…${value.slice(-4)}`)
}

const mayHoldSecret =
  /(?:sk-|ak-|nvapi-|AIza|gsk_|xai-|pplx-|hf_|r8_|fw_)[\w-]{12}|bearer |basic |:\/\/|[?&](?:key|api_?-?key|access_token|token)=/i

// Prefixes of OpenAI and the many that copy it, Anthropic, NVIDIA, Google, Groq, xAI, Perplexity, Hugging Face,
// Replicate, Fireworks, and of our own project keys. Shorter ones are words or placeholders like "sk-...".
const knownKey =
  /(?<![A-Za-z0-9])(sk-ant-|sk-or-|sk-proj-|sk-|ak-|nvapi-|AIza|gsk_|xai-|pplx-|hf_|r8_|fw_)([\w-]{12,})/g
const bearer = /\b(Bearer|Basic) ([\w.~+/=-]{12,})/gi
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#:@"']*:)[^\s/?#@"']+@/gi
const queryKey = /(?<=[?&])(key|api_key|apikey|api-key|access_token|token)=([^\s&"']{8,})/gi
