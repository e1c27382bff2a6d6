/** Start of the console: token and transport, texts, then the page. */
import './zod-setup.ts'
import './language-tag.ts'
import { createRoot } from 'react-dom/client'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './styles.css'
import { App } from './app.tsx'
import { createClient } from './client.ts'
import { connectStore } from './connect.ts'
import { createHttpTransport } from './http-transport.ts'
import { startI18n } from './i18n.ts'
import { createIpcTransport } from './ipc-transport.ts'
import { initialState } from './state.ts'
import { createStore } from './store.ts'
import { readToken, takeTokenFromUrl } from './token.ts'

const transport =
  window.aiProxy === undefined
    ? createHttpTransport({ apiUrl: new URL('./api/', location.href).pathname, token: readToken() })
    : createIpcTransport(window.aiProxy)
const client = createClient(transport)
const store = createStore(initialState())

// The console URL pasted into a tab that already shows the console changes only the fragment.
window.addEventListener('hashchange', () => {
  if (takeTokenFromUrl() !== null) location.reload()
})

await startI18n()
connectStore(transport, client, store)

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')
createRoot(root).render(<App client={client} store={store} />)
