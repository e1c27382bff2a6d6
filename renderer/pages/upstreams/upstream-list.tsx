import { useEffect, useRef, useState } from 'react'
import { Table, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigView } from '../../../proxy/contract.ts'
import { useConsole } from '../../console-context.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { UpstreamRow } from './upstream-row.tsx'
import classes from './upstreams.module.css'

/** All upstreams in the order in which they are tried. What is done here is saved at once. */
export function UpstreamList({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation('upstreams')
  const statuses = useConsole((state) => state.status?.upstreams)
  const edit = useQuickEdit(view)
  const [said, setSaid] = useState('')
  const body = useRef<HTMLTableSectionElement>(null)
  // The button that moved its row keeps the focus, though the row is elsewhere then.
  const focusAfter = useRef<{ readonly name: string; readonly action: string } | null>(null)
  const { upstreams, revision } = view

  useEffect(() => {
    const wanted = focusAfter.current
    if (wanted === null) return
    focusAfter.current = null
    const row = [...(body.current?.rows ?? [])].find((candidate) => candidate.dataset['name'] === wanted.name)
    const button = row?.querySelector<HTMLElement>(`[data-action="${wanted.action}"]:not(:disabled)`)
    ;(button ?? row?.querySelector<HTMLElement>('[data-action]:not(:disabled)'))?.focus()
  }, [revision])

  async function handleMove(from: number, to: number, action: string): Promise<void> {
    const name = upstreams[from]?.name ?? ''
    if (edit.busy || to < 0 || to >= upstreams.length) return
    focusAfter.current = { name, action }
    if (await edit.change([{ op: 'move', path: ['upstreams'], from, to }])) {
      setSaid(t('list.moved', { name, place: to + 1, count: upstreams.length }))
    } else focusAfter.current = null
  }

  function handleToggle(index: number, enabled: boolean): void {
    void edit.change([{ op: 'set', path: ['upstreams', index, 'enabled'], value: enabled }])
  }

  function handleDelete(index: number, name: string): void {
    void edit.remove([{ op: 'delete', path: ['upstreams', index] }], t('deleted', { name }))
  }

  return (
    <div className="panel">
      <VisuallyHidden component="output">{said}</VisuallyHidden>
      <Table className={classes.list} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes.place}>
              <VisuallyHidden>{t('list.place')}</VisuallyHidden>
            </Table.Th>
            <Table.Th>{t('list.name')}</Table.Th>
            <Table.Th className={classes.wide}>{t('list.models')}</Table.Th>
            <Table.Th>{t('list.keys')}</Table.Th>
            <Table.Th>{t('list.state')}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t('list.actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {upstreams.map((upstream, index) => (
            <UpstreamRow
              key={`${upstream.name} ${upstreams.findIndex(({ name }) => name === upstream.name) === index ? '' : index}`}
              upstream={upstream}
              upstreams={upstreams}
              status={statuses?.find(({ name }) => name === upstream.name)}
              busy={edit.busy}
              onMove={(to, action) => void handleMove(index, to, action)}
              onToggle={(enabled) => handleToggle(index, enabled)}
              onDelete={() => handleDelete(index, upstream.name)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
