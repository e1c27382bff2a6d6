/** The product's name and version as clients, upstreams and the console see them. */
import packageJson from '../package.json' with { type: 'json' }

export const version: string = packageJson.version

/** Sent upstream in place of the client's own. */
export const userAgent = `ai-proxy/${version}`
