import { useState } from 'react'
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCube, IconPlus, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ModelEntry } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { hrefTo, replaceRoute, useRoute } from '../../route.ts'
import { newAliasHref } from './alias-place.ts'
import { ExplainPanel } from './explain-panel.tsx'
import { filterModels, modelKinds, type ModelFilter } from './model-filter.ts'
import { ModelList } from './model-list.tsx'
import classes from './models.module.css'

export interface ModelsViewProps {
  readonly view: ConfigView
  readonly entries: readonly ModelEntry[]
}

export function ModelsView({ view, entries }: ModelsViewProps) {
  const { t } = useTranslation(['models', 'common'])
  const { query } = useRoute()
  const [filter, setFilter] = useState<ModelFilter>({ text: '', kind: 'all' })
  const [text] = useDebouncedValue(filter.text, 120)
  const shown = filterModels(entries, { ...filter, text })
  const counts = (kind: ModelFilter['kind']) =>
    kind === 'all' ? entries.length : entries.filter((entry) => entry.kind === kind).length
  const handleExplain = (model: string) => replaceRoute(hrefTo('models', [], model === '' ? {} : { explain: model }))
  const add = (
    <Button component="a" href={newAliasHref} leftSection={<IconPlus size={16} aria-hidden />}>
      {t('alias.add')}
    </Button>
  )

  if (entries.length === 0) {
    return (
      <>
        <PageHeader title={t('common:page.models')} intro={t('intro')} />
        <EmptyState
          icon={IconCube}
          title={t('empty.title')}
          text={t('empty.text')}
          action={
            <Button component="a" href={hrefTo('upstreams')}>
              {t('empty.action')}
            </Button>
          }
        />
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('common:page.models')} intro={t('intro')} actions={add} />
      <div className={classes.columns} data-list>
        <div className={classes.column}>
          <div className={classes.filters}>
            <TextInput
              className={classes.search}
              type="search"
              leftSection={<IconSearch size={14} aria-hidden />}
              aria-label={t('filter.search')}
              placeholder={t('filter.search')}
              value={filter.text}
              onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
            />
            <SegmentedControl
              aria-label={t('filter.kind')}
              value={filter.kind}
              data={(['all', ...modelKinds] as const).map((kind) => ({
                value: kind,
                label: `${kind === 'all' ? t('filter.all') : t(`kind.${kind}`)} ${counts(kind)}`,
              }))}
              // Safe: the values are those of `data`.
              onChange={(kind) => setFilter({ ...filter, kind: kind as ModelFilter['kind'] })}
            />
          </div>
          {shown.length === 0 ? (
            <div className={`panel ${classes.none}`}>
              <p className="small dim">{t('filter.none')}</p>
              <Button variant="default" onClick={() => setFilter({ text: '', kind: 'all' })}>
                {t('filter.clear')}
              </Button>
            </div>
          ) : (
            <ModelList
              // Another question begins at its top again.
              key={`${filter.kind} ${text}`}
              view={view}
              entries={shown}
              onExplain={handleExplain}
            />
          )}
        </div>
        <div className={classes.side}>
          <ExplainPanel
            model={query['explain'] ?? ''}
            onModel={handleExplain}
            names={entries.map(({ name }) => name)}
          />
        </div>
      </div>
    </>
  )
}
