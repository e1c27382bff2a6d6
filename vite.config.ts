/**
 * The console, for the desktop window and for the browser alike. Built with relative paths, since each serves it
 * from a place of its own; the development server stands where the engine would and passes its API on to it.
 */
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const engineUrl = process.env['AI_PROXY_DEV_ENGINE'] ?? 'http://127.0.0.1:8080'

export default defineConfig(({ command }) => ({
  root: resolve(import.meta.dirname, 'renderer'),
  base: command === 'serve' ? '/console/' : './',
  plugins: [react()],
  server: { host: '127.0.0.1', proxy: { '/console/api': engineUrl } },
  build: {
    target: 'chrome156',
    outDir: resolve(import.meta.dirname, 'out/renderer'),
    emptyOutDir: true,
    sourcemap: true,
  },
}))
