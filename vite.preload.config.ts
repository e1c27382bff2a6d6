/** The preload script: a sandboxed renderer takes exactly one CommonJS file. */
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  ssr: { noExternal: true, external: ['electron'] },
  build: {
    ssr: true,
    target: 'chrome156',
    outDir: 'out/preload',
    emptyOutDir: true,
    sourcemap: 'inline',
    minify: false,
    rolldownOptions: {
      input: { preload: 'main/preload.ts' },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
    },
  },
})
