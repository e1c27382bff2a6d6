/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a windowed table lays out its rows itself, which <tr> doesn't let it */
import { useEffect, useEffectEvent, useMemo, useRef } from 'react'
import { Button } from '@mantine/core'
import { useElementSize, useMergedRef } from '@mantine/hooks'
import { IconArrowDown } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useTranslation } from 'react-i18next'
import { useLocale } from '../../i18n.ts'
import { isTyping } from './is-typing.ts'
import type { RowsView } from './filtered-rows.ts'
import { fittingColumns, gridOf, numericColumns, type ColumnId } from './request-columns.ts'
import { RequestRow, rowId } from './request-row.tsx'
import { useFollow } from './use-follow.ts'
import type { OlderRequests } from './use-older-requests.ts'
import classes from './request-list.module.css'

const rowPx = 36
const headPx = 34
const olderPx = 34
/** The library lays out all rows again when their count changes, so it is told a round number above it. */
const countStep = 4096

export interface RequestListProps {
  readonly view: RowsView
  readonly chosen: readonly ColumnId[] | null
  /** Place of the row that is open, or else marked by the keys; -1 for none. */
  readonly selected: number
  /** Then moving on by a letter leaves the focus where it is. */
  readonly detailsOpen: boolean
  readonly older: OlderRequests
  readonly hrefOf: (id: string) => string
  /** The marked row moved by key. */
  readonly onSelect: (id: string) => void
  readonly onOpen: (id: string) => void
}

/** The rows of the log: windowed, following at the end, moved through by keys. */
export function RequestList({
  view,
  chosen,
  selected,
  detailsOpen,
  older,
  hrefOf,
  onSelect,
  onOpen,
}: RequestListProps) {
  const { t } = useTranslation(['requests', 'common'])
  const locale = useLocale()
  const words = useMemo(() => ({ t, locale }), [t, locale])
  const grid = useRef<HTMLDivElement>(null)
  const { ref: sizeRef, width } = useElementSize()
  const follow = useFollow(view, rowPx, olderPx)
  const { scroller } = follow
  const { rows } = view
  // The console is not built with the React Compiler, which this library is not made for.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: Math.ceil(rows.length / countStep) * countStep,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
    // It scrolls there when it starts; `useFollow` wants the end.
    initialOffset: rows.length * rowPx,
  })
  const shown = chosen ?? fittingColumns(width)
  const { template, minWidthPx } = gridOf(shown)

  function reveal(index: number): void {
    const element = scroller.current
    if (element === null) return
    const topPx = olderPx + index * rowPx
    if (topPx < element.scrollTop) element.scrollTo({ top: topPx })
    const belowPx = topPx + headPx + rowPx - element.clientHeight
    if (belowPx > element.scrollTop) element.scrollTo({ top: belowPx })
  }

  function moveTo(index: number): void {
    const place = Math.min(rows.length - 1, Math.max(0, index))
    const record = rows[place]
    if (record === undefined) return
    reveal(place)
    follow.stay()
    onSelect(record.id)
  }

  /** Where the keys start from: the marked row, else the newest in sight. */
  function step(by: number): void {
    if (selected >= 0) return moveTo(selected + by)
    const element = scroller.current
    const inSight = element === null ? 0 : (element.scrollTop + element.clientHeight - headPx - olderPx) / rowPx
    moveTo(Math.min(rows.length, Math.floor(inSight)) - 1)
  }

  const page = () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2)
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    j: () => step(1),
    k: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => moveTo(0),
    End: () => follow.toEnd(),
    Enter: () => {
      const record = rows[selected]
      if (record === undefined) return
      follow.stay()
      onOpen(record.id)
    },
  }
  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    const { target } = event
    const elsewhere = target instanceof Element && target !== document.body && !grid.current?.contains(target)
    // Letters work on the whole page; arrows and Enter belong to whatever else has the focus.
    if (elsewhere && event.key !== 'j' && event.key !== 'k') return
    const action = keys[event.key]
    if (action === undefined) return
    event.preventDefault()
    // Else Enter would go to the link or button last used, and not open the row just marked.
    if (elsewhere && !detailsOpen) grid.current?.focus({ preventScroll: true })
    action()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => handleKey(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])

  // The address may name a request from the start: an open row is in sight.
  const showSelected = useEffectEvent(() => {
    if (selected < 0) return
    reveal(selected)
    follow.stay()
  })
  useEffect(() => showSelected(), [])

  function handleScroll(): void {
    follow.handleScroll()
    if ((scroller.current?.scrollTop ?? 0) < olderPx) older.load()
  }

  function handleClick(event: React.MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-request]') : null
    const id = row?.dataset['request']
    // With a modifier it's the browser's: a new tab, a new window.
    if (id === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    follow.stay()
    onOpen(id)
  }

  const visible = virtualizer.getVirtualItems().filter((item) => item.index < rows.length)
  const active = rows[selected]
  const activeShown = active !== undefined && visible.some((item) => item.index === selected)
  return (
    <div className={classes.list}>
      <div className={classes.scroller} ref={useMergedRef(scroller, sizeRef)} onScroll={handleScroll}>
        <div className={classes.older} style={{ height: olderPx }}>
          <OlderRow older={older} />
        </div>
        {/* The keys of the list are heard on the whole page, see above. */}
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
        <div
          className={classes.grid}
          ref={grid}
          role="grid"
          tabIndex={0}
          aria-label={t('list')}
          aria-rowcount={rows.length + 1}
          aria-colcount={shown.length}
          aria-activedescendant={activeShown ? rowId(active.id) : undefined}
          // Safe: React sets custom properties; its type just doesn't list them.
          style={{ '--columns': template, minWidth: minWidthPx } as React.CSSProperties}
          onClick={handleClick}
        >
          <div role="rowgroup" className={classes.head} style={{ height: headPx }}>
            <div role="row" className={classes.headRow} aria-rowindex={1}>
              {shown.map((id) => (
                <div
                  key={id}
                  role="columnheader"
                  className={classes.cell}
                  data-number={numericColumns.has(id) || undefined}
                >
                  <span className="one-line" title={t(`columnHint.${id}`)}>
                    {t(`column.${id}`)}
                  </span>
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" className={classes.body} style={{ height: rows.length * rowPx }}>
            {visible.map((item) => {
              const record = rows[item.index]
              if (record === undefined) return null
              return (
                <RequestRow
                  key={record.id}
                  record={record}
                  index={item.index}
                  topPx={item.index * rowPx}
                  shown={shown}
                  href={hrefOf(record.id)}
                  selected={item.index === selected}
                  words={words}
                />
              )
            })}
          </div>
        </div>
      </div>
      {follow.awayFromEnd && (
        <div className={classes.toEnd}>
          <Button size="compact-xs" leftSection={<IconArrowDown size={14} aria-hidden />} onClick={follow.toEnd}>
            {follow.unseen > 0 ? t('unseen', { count: follow.unseen }) : t('toEnd')}
          </Button>
        </div>
      )}
    </div>
  )
}

function OlderRow({ older }: { readonly older: OlderRequests }) {
  const { t } = useTranslation(['requests', 'common'])
  if (older.state === 'end') return <span>{t('older.end')}</span>
  if (older.state === 'full') return <span>{t('older.full')}</span>
  return (
    <>
      {older.state === 'failed' && <span>{t('older.failed')}</span>}
      <Button variant="subtle" size="compact-xs" loading={older.state === 'loading'} onClick={older.load}>
        {older.state === 'failed' ? t('common:action.retry') : t('older.load')}
      </Button>
    </>
  )
}
