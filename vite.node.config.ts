/**
 * Everything that runs in Node: the desktop's main process, the headless command line and the worker threads
 * they start. One build, so that they share their chunks. A thread's file needs an entry of its own here:
 * `new Worker(new URL('./x.ts', import.meta.url))` builds without complaint and then fails at run time.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const entries = {
  index: 'main/main.ts',
  cli: 'proxy/cli.ts',
  'log-worker': 'proxy/records/log-worker.ts',
}

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  ssr: { noExternal: true, target: 'node', external: ['electron'] },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out/main',
    emptyOutDir: true,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: Object.fromEntries(
        Object.entries(entries).filter(([, file]) => existsSync(resolve(import.meta.dirname, file))),
      ),
      external: ['electron'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
