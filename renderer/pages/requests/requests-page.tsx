/** The live log of requests, and beside it the details of the one that is open (`#/requests/<id>`). */
import { useCallback, useMemo, useState } from 'react'
import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconActivity, IconFilterOff, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../components/view-states.tsx'
import { ControlFailure } from '../../client.ts'
import { loadRequests } from '../../connect.ts'
import { useClient, useConsole, useDispatch } from '../../console-context.ts'
import { formatNumber } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { hrefTo, navigate, replaceRoute, useRoute } from '../../route.ts'
import { ColumnMenu } from './column-menu.tsx'
import { FacetIndex } from './facets.ts'
import { FilteredRows, placeOf } from './filtered-rows.ts'
import { KeyLegend } from './key-legend.tsx'
import { fittingColumns, useChosenColumns } from './request-columns.ts'
import { RequestDetailsPanel } from './request-details.tsx'
import { filterQuery, isFiltered, matcherOf, noFilter, readFilter, type RequestFilter } from './request-filter.ts'
import { RequestFilters } from './request-filters.tsx'
import { RequestList } from './request-list.tsx'
import { useOlderRequests } from './use-older-requests.ts'
import classes from './requests-page.module.css'

/** What the column menu ticks while nothing is chosen: the usual ones where there is room for all. */
const usualColumns = fittingColumns(Infinity)

export function RequestsPage() {
  const { t } = useTranslation(['requests', 'common'])
  const locale = useLocale()
  const client = useClient()
  const dispatch = useDispatch()
  const { rest, query } = useRoute()
  const openId = rest[0] ?? null
  // As text: the query is a new object whenever the address changes, also when only another request was opened.
  const search = new URLSearchParams(query).toString()
  const filter = useMemo(() => readFilter(Object.fromEntries(new URLSearchParams(search))), [search])
  const [paused, setPaused] = useState(false)
  const [marked, setMarked] = useState<string | null>(null)
  const [chosen, choose] = useChosenColumns()

  const filtered = useMemo(() => new FilteredRows(matcherOf(filter)), [filter])
  const view = useConsole((state) => filtered.read(state.requests, { paused }))
  const [facetIndex] = useState(() => new FacetIndex())
  const facets = useConsole((state) => facetIndex.read(state.requests))
  const requests = useConsole((state) => state.requests)
  const loaded = useConsole((state) => state.requestsLoaded)
  const failure = useConsole((state) => state.requestsFailure)
  const older = useOlderRequests()

  const hrefOf = useMemo(() => (id: string) => hrefTo('requests', [id], filterQuery(filter)), [filter])
  const selectedId = openId ?? marked
  const selectedRecord = selectedId === null ? undefined : requests.get(selectedId)
  const selectedPlace = selectedRecord === undefined ? -1 : placeOf(view.rows, selectedRecord)
  const selected = view.rows[selectedPlace]?.id === selectedId ? selectedPlace : -1

  const handleFilter = useCallback(
    (next: RequestFilter) => replaceRoute(hrefTo('requests', openId === null ? [] : [openId], filterQuery(next))),
    [openId],
  )
  function handleSelect(id: string): void {
    if (openId === null) setMarked(id)
    else replaceRoute(hrefOf(id))
  }
  function handleOpen(id: string): void {
    setMarked(id)
    if (openId === null) navigate(hrefOf(id))
    else replaceRoute(hrefOf(id))
  }
  function handleClose(): void {
    setMarked(openId)
    navigate(hrefTo('requests', [], filterQuery(filter)))
  }

  // As in requests-page.module.css: no room for both.
  const narrow = useMediaQuery('(max-width: 74.99em)', undefined, { getInitialValueInEffect: false })
  const covered = narrow && openId !== null

  const total = requests.rows.length
  const count = view.rows.length
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('common:page.requests')}
        intro={
          isFiltered(filter)
            ? t('matching', { count, shown: formatNumber(count, locale), total: formatNumber(total, locale) })
            : t('intro')
        }
        actions={
          total > 0 && (
            <>
              <Button
                variant={paused ? 'filled' : 'default'}
                aria-pressed={paused}
                leftSection={
                  paused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />
                }
                onClick={() => setPaused(!paused)}
              >
                {paused
                  ? t('resume', { count: view.waiting, waiting: formatNumber(view.waiting, locale) })
                  : t('pause')}
              </Button>
              <ColumnMenu chosen={chosen} usual={usualColumns} onChoose={choose} />
            </>
          )
        }
      />
      {(total > 0 || isFiltered(filter)) && <RequestFilters filter={filter} facets={facets} onChange={handleFilter} />}
      <div className={classes.columns} data-open={openId !== null || undefined}>
        <div className={classes.log} inert={covered}>
          {total === 0 && !loaded && failure === null && <LoadingState rows={8} />}
          {total === 0 && !loaded && failure !== null && (
            <ErrorState
              failure={new ControlFailure(failure.code, failure.message)}
              onRetry={() => void loadRequests(client, dispatch)}
            />
          )}
          {total === 0 && loaded && (
            <EmptyState
              icon={IconActivity}
              title={t('empty.title')}
              text={t('empty.text')}
              action={
                <Button component="a" href={hrefTo('connect')}>
                  {t('empty.action')}
                </Button>
              }
            />
          )}
          {total > 0 && count === 0 && (
            <EmptyState
              icon={IconFilterOff}
              title={t('noMatch.title')}
              text={t('noMatch.text', { count: total, total: formatNumber(total, locale) })}
              action={
                <Button variant="default" onClick={() => handleFilter(noFilter)}>
                  {t('filter.clear')}
                </Button>
              }
            />
          )}
          {count > 0 && (
            <>
              <RequestList
                view={view}
                chosen={chosen}
                selected={selected}
                detailsOpen={openId !== null}
                older={older}
                hrefOf={hrefOf}
                onSelect={handleSelect}
                onOpen={handleOpen}
              />
              <KeyLegend />
            </>
          )}
        </div>
        {openId !== null && <RequestDetailsPanel id={openId} onClose={handleClose} />}
      </div>
    </div>
  )
}
