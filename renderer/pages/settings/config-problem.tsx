import { useState } from 'react'
import { Alert, Anchor, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconReload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useClient, useConsole } from '../../console-context.ts'
import { useFailureText } from '../../failure-text.ts'
import { hrefTo, isOfListening } from '../../route.ts'
import { useDiagnosticText } from '../../use-diagnostic-text.ts'
import { PortConflict } from './port-conflict.tsx'
import classes from './settings-page.module.css'

/** Why the engine doesn't run, or runs on an older config, with what can be done about it. Nothing while all is well. */
export function ConfigProblem() {
  const { t } = useTranslation(['settings', 'common'])
  const client = useClient()
  const status = useConsole((state) => state.status)
  const diagnosticText = useDiagnosticText()
  const failureText = useFailureText()
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<string | null>(null)
  const failed = status?.state === 'failed'
  const rejected = status?.config.rejected ?? null
  if (!failed && rejected === null) return null

  async function handleRetry(): Promise<void> {
    setBusy(true)
    setAnswer(null)
    try {
      const result = await client.reloadConfig()
      if (result.kind === 'failed') setAnswer(result.message)
      else if (result.kind === 'invalid') setAnswer(t('problem.stillInvalid'))
    } catch (error) {
      setAnswer(failureText(error))
    } finally {
      setBusy(false)
    }
  }

  const failure = status?.failure ?? null
  const errors = (rejected ?? []).filter(({ severity }) => severity === 'error')
  // Each reason is said once: with its line where it has one, else as the failure says it.
  const further = errors.filter(({ line, message }) => line !== null || message !== failure?.message)
  const isOfAddress = errors.length > 0 && errors.every(isOfListening)
  return (
    <Alert
      role="alert"
      color="var(--tone-bad)"
      variant="outline"
      className={classes.notice}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={t(failed ? 'problem.failed' : isOfAddress ? 'problem.address' : 'problem.rejected')}
    >
      {failure !== null && !further.some(({ message }) => message === failure.message) && (
        <Text size="sm">{failure.message}</Text>
      )}
      {rejected !== null && !failed && <Text size="sm">{t('problem.rejectedText')}</Text>}
      {further.length > 0 && (
        <ul className={classes.reasons}>
          {further.map((diagnostic) => (
            <li key={JSON.stringify([diagnostic.code, diagnostic.path, diagnostic.line])}>
              {diagnosticText(diagnostic)}{' '}
              {diagnostic.line !== null && (
                <Anchor
                  fz="inherit"
                  underline="always"
                  href={hrefTo('settings', ['file'], { line: String(diagnostic.line) })}
                >
                  {t('common:place.line', { line: diagnostic.line })}
                </Anchor>
              )}
            </li>
          ))}
        </ul>
      )}
      <PortConflict />
      <Group gap="xs" mt="xs">
        <Button
          variant="default"
          leftSection={<IconReload size={16} aria-hidden />}
          loading={busy}
          onClick={() => void handleRetry()}
        >
          {t('problem.retry')}
        </Button>
        {answer !== null && (
          <output className="small" style={{ color: 'var(--tone-bad)' }}>
            {answer}
          </output>
        )}
      </Group>
    </Alert>
  )
}
