import { Component, type ReactNode } from 'react'
import { Button, Text, Title } from '@mantine/core'
import { Translation } from 'react-i18next'
import classes from './view-states.module.css'

interface ErrorBoundaryProps {
  readonly children: ReactNode
}

interface ErrorBoundaryState {
  readonly error: Error | null
}

/** A page that throws leaves the rest of the console usable. React has no hook for this, hence the class. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override readonly state: ErrorBoundaryState = { error: null }

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <Translation ns="common">
        {(t) => (
          <div className={`panel ${classes.state}`} role="alert">
            <Title order={2}>{t('state.pageErrorTitle')}</Title>
            <Text c="dimmed" size="sm" maw={520}>
              {error.message}
            </Text>
            <div className={classes.action}>
              {/* A reload also fetches a page's chunk again, which is what is missing after an update. */}
              <Button variant="default" onClick={() => location.reload()}>
                {t('action.retry')}
              </Button>
            </div>
          </div>
        )}
      </Translation>
    )
  }
}
