/** The frame around every page: providers, header strip, navigation; and the two things shown in place of pages. */
import { Suspense } from 'react'
import { AppShell, MantineProvider } from '@mantine/core'
import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import type { Client } from './client.ts'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { HeaderStrip } from './components/header-strip.tsx'
import { Navigation } from './components/navigation.tsx'
import { ReconnectBanner } from './components/reconnect-banner.tsx'
import { TokenPage } from './components/token-page.tsx'
import { LoadingState } from './components/view-states.tsx'
import { ConsoleProvider, useConsole } from './console-context.ts'
import classes from './app.module.css'
import { pages } from './pages/index.ts'
import { useRoute } from './route.ts'
import type { ConsoleState } from './state.ts'
import type { Store } from './store.ts'
import { colorSchemeManager, cssVariablesResolver, theme } from './theme.ts'

export interface AppProps {
  readonly client: Client
  readonly store: Store<ConsoleState>
}

export function App({ client, store }: AppProps) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      cssVariablesResolver={cssVariablesResolver}
    >
      <ConsoleProvider value={{ client, store }}>
        <ModalsProvider>
          <Notifications position="bottom-right" limit={4} classNames={{ root: classes.notices }} />
          <Console />
        </ModalsProvider>
      </ConsoleProvider>
    </MantineProvider>
  )
}

function Console() {
  const { t } = useTranslation('common')
  const refused = useConsole((state) => state.connection === 'refused')
  const { page } = useRoute()
  if (refused) return <TokenPage />
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: { base: 56, md: 196 }, breakpoint: 0 }}
      transitionDuration={0}
      padding={0}
    >
      <a className={classes.skip} href="#content" onClick={skipToContent}>
        {t('app.skip')}
      </a>
      <AppShell.Header className={classes.header}>
        <HeaderStrip />
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t('nav.label')}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main className={classes.main} id="content" tabIndex={-1}>
        <ReconnectBanner />
        <div className={classes.page}>
          <ErrorBoundary key={page}>
            <CurrentPage />
          </ErrorBoundary>
        </div>
      </AppShell.Main>
    </AppShell>
  )
}

/** Pages may rely on `status`: nothing is shown before the first one came. */
function CurrentPage() {
  const { page } = useRoute()
  const known = useConsole((state) => state.status !== null)
  const { Page } = pages[page]
  if (!known) return <LoadingState />
  return (
    <Suspense fallback={<LoadingState />}>
      <Page />
    </Suspense>
  )
}

/** By hand, since the fragment of the address belongs to the route. */
function skipToContent(event: React.MouseEvent): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}
