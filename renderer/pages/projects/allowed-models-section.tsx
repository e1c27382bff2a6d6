import { Checkbox, TagsInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ModelPicker } from '../../components/model-picker.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { isCovered } from '../../model-patterns.ts'
import { useQuery } from '../../use-query.ts'
import classes from './projects.module.css'

export interface AllowedModelsSectionProps {
  readonly allowed: readonly string[]
  readonly error: string | null
  readonly onChange: (allowed: readonly string[]) => void
}

/** Which models the project may ask for: all, patterns, or ticked in what there is, aliases too. */
export function AllowedModelsSection({ allowed, error, onChange }: AllowedModelsSectionProps) {
  const { t } = useTranslation('projects')
  const client = useClient()
  const applied = useConsole((state) => state.status?.config.appliedRevision ?? '')
  const models = useQuery('models', () => client.listModels(), { refresh: applied })
  const every = allowed.includes('*')
  const patterns = allowed.filter((name) => name.includes('*'))
  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('allowed.title')}</Title>
      </div>
      <Checkbox
        label={t('allowed.every')}
        description={t('allowed.everyHint')}
        checked={every}
        onChange={(event) =>
          onChange(event.currentTarget.checked ? [...allowed, '*'] : allowed.filter((name) => name !== '*'))
        }
      />
      {!every && (
        <>
          <TagsInput
            label={t('allowed.names')}
            description={t('allowed.namesHint')}
            placeholder={allowed.length === 0 ? t('allowed.example') : ''}
            splitChars={[',', ' ', '\n']}
            acceptValueOnBlur
            value={[...allowed]}
            error={error}
            onChange={onChange}
          />
          <QueryView query={models} rows={3}>
            {(entries) =>
              entries.length === 0 ? (
                <p className={`small dim ${classes.hint}`}>{t('allowed.noModels')}</p>
              ) : (
                <ModelPicker
                  label={t('allowed.list')}
                  options={entries.map(({ name, kind }) => ({
                    name,
                    covered: isCovered(name, patterns),
                    ...(kind === 'alias' ? { note: t('allowed.alias') } : {}),
                  }))}
                  chosen={allowed}
                  onChange={onChange}
                />
              )
            }
          </QueryView>
        </>
      )}
    </section>
  )
}
