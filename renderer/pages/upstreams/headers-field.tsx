import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { HeaderForm } from './upstream-form.ts'
import classes from './upstreams.module.css'

export interface HeadersFieldProps {
  readonly headers: readonly HeaderForm[]
  readonly error: (name: string) => string | null
  readonly onChange: (headers: readonly HeaderForm[]) => void
}

/** Headers as rows of name and value. */
export function HeadersField({ headers, error, onChange }: HeadersFieldProps) {
  const { t } = useTranslation('upstreams')

  function change(id: string, next: Partial<HeaderForm>): void {
    onChange(headers.map((header) => (header.id === id ? { ...header, ...next } : header)))
  }

  return (
    <fieldset className={classes.fieldset}>
      <legend>{t('headers.title')}</legend>
      {headers.map(({ id, name, value }, row) => (
        <div key={id} className={classes.headerRow}>
          <TextInput
            aria-label={t('headers.nameOf', { row: row + 1 })}
            placeholder="X-Team"
            classNames={{ input: 'mono' }}
            spellCheck={false}
            value={name}
            error={error(name.trim())}
            onChange={(event) => change(id, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={t('headers.valueOf', { row: row + 1 })}
            classNames={{ input: 'mono' }}
            spellCheck={false}
            autoComplete="off"
            value={value}
            onChange={(event) => change(id, { value: event.currentTarget.value })}
          />
          <Tooltip label={t('headers.delete')}>
            <ActionIcon
              mt={2}
              aria-label={t('headers.deleteOf', { row: row + 1 })}
              onClick={() => onChange(headers.filter((header) => header.id !== id))}
            >
              <IconTrash size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onChange([...headers, { id: crypto.randomUUID(), origin: null, name: '', value: '' }])}
        >
          {t('headers.add')}
        </Button>
      </div>
    </fieldset>
  )
}
