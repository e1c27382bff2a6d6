import { Input, NumberInput, Radio, Text, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { NetworkUrls } from '../../components/network-urls.tsx'
import { useConsole } from '../../console-context.ts'
import type { Access, ServerValues } from './server-values.ts'
import classes from './settings-page.module.css'

export interface ListenFieldsProps {
  readonly values: Pick<ServerValues, 'access' | 'host' | 'port'>
  readonly error: string | null
  readonly onChange: (change: Partial<ServerValues>) => void
}

const choices: readonly Access[] = ['local', 'others', 'address']

/** Who can connect, and on which port. */
export function ListenFields({ values, error, onChange }: ListenFieldsProps) {
  const { t } = useTranslation('settings')
  const listening = useConsole((state) => state.status?.listening)
  // The desktop's console is in its own window, whoever may connect.
  const shell = useConsole((state) => state.status?.shell)
  const { access, host, port } = values
  return (
    <>
      <Radio.Group
        label={t('network.access')}
        size="xs"
        value={access}
        // Safe: the values are those of `choices`.
        onChange={(choice) => onChange({ access: choice as Access })}
      >
        <div className={classes.choices}>
          {choices.map((choice) => (
            <Radio
              key={choice}
              size="xs"
              value={choice}
              label={t(`network.${choice}`)}
              description={t(`network.${choice}Hint`)}
            />
          ))}
        </div>
      </Radio.Group>
      {access !== 'local' && (
        <p className={`small ${classes.warning}`}>
          {t('network.openWarning')} {shell === 'headless' && t('network.consoleOff')}
        </p>
      )}
      <div className={classes.two}>
        {access === 'address' && (
          <TextInput
            label={t('network.host')}
            classNames={{ input: 'mono' }}
            placeholder="192.168.1.20"
            value={host}
            error={error !== null}
            onChange={(event) => onChange({ host: event.currentTarget.value })}
          />
        )}
        <NumberInput
          label={t('network.port')}
          placeholder="8080"
          thousandSeparator=""
          allowDecimal={false}
          allowNegative={false}
          max={65_535}
          value={port ?? ''}
          error={error}
          onChange={(next) => onChange({ port: typeof next === 'number' ? next : null })}
        />
      </div>
      {listening != null && (
        <Text size="xs" c="dimmed" mt={-10}>
          {t('network.listening', { addresses: listening.addresses.join(', ') })}
        </Text>
      )}
      {listening?.beyondLoopback === true && (
        <div>
          <Input.Label component="div" size="xs">
            {t('network.forOthers')}
          </Input.Label>
          <NetworkUrls urls={listening.networkUrls} />
        </div>
      )}
    </>
  )
}
