import { Button, Select, Title, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ProviderPreset, UpstreamView } from '../../../proxy/contract.ts'
import { QueryView } from '../../components/query-view.tsx'
import { useClient } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'
import type { UpstreamForm } from '../upstreams/upstream-form.ts'
import classes from './first-run.module.css'
import { modelsAt, upstreamAt } from './guide-edits.ts'

/** Shown as buttons; the others are in the list. */
const usual = ['openai', 'anthropic', 'gemini', 'deepseek', 'openrouter', 'nvidia', 'dashscope', 'ollama']

export interface ProviderStepProps {
  readonly upstreams: readonly UpstreamView[]
  readonly onChoose: (form: Pick<UpstreamForm, 'name' | 'base_url' | 'models'>) => void
  readonly onDemo: () => void
}

export function ProviderStep({ upstreams, onChoose, onDemo }: ProviderStepProps) {
  const { t } = useTranslation('firstRun')
  const client = useClient()
  const presets = useQuery('presets', () => client.listPresets())

  function handleChoose(preset: ProviderPreset): void {
    const known = upstreamAt(upstreams, preset.baseUrl)
    onChoose({
      name: known?.name ?? preset.name,
      base_url: preset.baseUrl,
      models: modelsAt(upstreams, preset.baseUrl),
    })
  }

  return (
    <section className={`panel ${classes.panel}`}>
      <Title order={2}>{t('provider.title')}</Title>
      <QueryView query={presets} rows={3}>
        {(all) => (
          <>
            <div className={classes.cards}>
              {usualOf(all).map((preset) => (
                <UnstyledButton key={preset.id} className={classes.card} onClick={() => handleChoose(preset)}>
                  <span className={classes.cardName}>{preset.name}</span>
                  <span className="mono small dim one-line">{hostOf(preset.baseUrl)}</span>
                </UnstyledButton>
              ))}
            </div>
            <Select
              label={t('provider.other')}
              placeholder={t('provider.otherHint', { count: all.length })}
              searchable
              data={all.map(({ id, name }) => ({ value: id, label: name }))}
              value={null}
              onChange={(id) => {
                const preset = all.find((candidate) => candidate.id === id)
                if (preset !== undefined) handleChoose(preset)
              }}
            />
          </>
        )}
      </QueryView>
      <div className={classes.foot}>
        <span className="small dim">{t('provider.demoHint')}</span>
        <Button variant="default" onClick={onDemo}>
          {t('provider.demo')}
        </Button>
      </div>
    </section>
  )
}

function usualOf(presets: readonly ProviderPreset[]): readonly ProviderPreset[] {
  const found = usual.flatMap((id) => presets.filter((preset) => preset.id === id))
  return found.length >= 4 ? found : presets.slice(0, 8)
}

function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl
}
