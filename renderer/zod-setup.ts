/**
 * Imported first of all: zod would try `new Function` to see whether it may compile its checks, which the content
 * security policy forbids and reports.
 */
import { config } from 'zod/v4/core'

config({ jitless: true })
