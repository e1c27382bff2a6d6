/** Runs the built command line as a child. */
import { join } from 'node:path'
import { runChild } from './child.mjs'
import { projectFolder } from './freshness.mjs'

/**
 * Runs `ai-proxy <args>` in this terminal and ends with its exit code.
 *
 * @param {readonly string[]} args
 * @param {Record<string, string>} env - in addition to the environment of this process.
 */
export function runHeadless(args, env = {}) {
  void runChild('The engine', process.execPath, [join(projectFolder, 'out/main/cli.js'), ...args], env)
}
