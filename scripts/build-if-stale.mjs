/** Builds out/ when it is missing or older than its sources; costs next to nothing when it is not. */
import './require-node.mjs'
import { buildIfStale } from './build.mjs'

await buildIfStale()
