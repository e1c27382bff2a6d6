import { useState } from 'react'
import { Button, Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DesktopState } from '../../../proxy/contract.ts'
import { useClient, useConsole } from '../../console-context.ts'
import { useFailureText } from '../../failure-text.ts'
import { useQuery } from '../../use-query.ts'

/** On the desktop, while the configured port is taken: who has it, and the next free one at a click. That it is taken is said above. */
export function PortConflict() {
  const { t } = useTranslation(['settings', 'common'])
  const { desktop } = useClient()
  const failureText = useFailureText()
  const refresh = useConsole((state) => [state.status?.state, state.status?.failure?.message].join(' '))
  const state = useQuery<DesktopState | null>('desktop', async () => (desktop === null ? null : desktop.getDesktop()), {
    refresh,
  })
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const conflict = state.data?.portConflict ?? null
  if (desktop === null || conflict === null) return null

  async function handleUse(save: boolean): Promise<void> {
    setBusy(true)
    setProblem(null)
    try {
      await desktop?.useNextFreePort({ save })
    } catch (error) {
      setProblem(failureText(error))
    } finally {
      setBusy(false)
      state.reload()
    }
  }

  const { holder, nextFree } = conflict
  return (
    <>
      {holder !== null && (
        <Text size="sm" mt={4}>
          {t('port.holder', { holder })}
        </Text>
      )}
      {nextFree !== null && (
        <Group gap="xs" mt="xs">
          <Button loading={busy} onClick={() => void handleUse(true)}>
            {t('port.useAndSave', { port: nextFree })}
          </Button>
          <Button variant="default" disabled={busy} onClick={() => void handleUse(false)}>
            {t('port.useOnce', { port: nextFree })}
          </Button>
        </Group>
      )}
      {problem !== null && (
        <Text size="sm" c="var(--tone-bad)" role="alert">
          {problem}
        </Text>
      )}
    </>
  )
}
