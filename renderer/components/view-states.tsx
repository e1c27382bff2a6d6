/** The three states that every view has besides being full: loading, empty, failed. */
import { Button, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { IconPlugConnectedX, IconReload, type Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ControlFailure } from '../client.ts'
import { failureText } from '../failure-text.ts'
import classes from './view-states.module.css'

export interface LoadingStateProps {
  /** Rows of the skeleton: about as many as will come. */
  readonly rows?: number
}

export function LoadingState({ rows = 5 }: LoadingStateProps) {
  const { t } = useTranslation('common')
  return (
    <Stack component="output" gap="xs">
      <VisuallyHidden>{t('state.loading')}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={44} radius="md" />
      ))}
    </Stack>
  )
}

export interface EmptyStateProps {
  readonly icon: Icon
  readonly title: string
  /** What will be here, or why there is nothing. */
  readonly text: string
  /** The next step to take: a button or a link. */
  readonly action?: React.ReactNode
}

export function EmptyState({ icon: Icon, title, text, action }: EmptyStateProps) {
  return (
    <div className={`panel ${classes.state}`}>
      <Icon className={classes.icon} size={32} stroke={1.25} aria-hidden />
      <Title order={2}>{title}</Title>
      <Text c="dimmed" size="sm" maw={420}>
        {text}
      </Text>
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  )
}

export interface ErrorStateProps {
  readonly failure: ControlFailure
  readonly onRetry: () => void
}

export function ErrorState({ failure, onRetry }: ErrorStateProps) {
  const { t } = useTranslation('common')
  return (
    <div className={`panel ${classes.state}`} role="alert">
      <IconPlugConnectedX className={classes.icon} data-bad size={32} stroke={1.25} aria-hidden />
      <Title order={2}>{t('state.errorTitle')}</Title>
      <Text c="dimmed" size="sm" maw={520}>
        {failureText(t, failure)}
      </Text>
      <div className={classes.action}>
        <Button variant="default" leftSection={<IconReload size={16} aria-hidden />} onClick={onRetry}>
          {t('action.retry')}
        </Button>
      </div>
    </div>
  )
}
