import { useEffect, useRef, useState } from 'react'
import { ActionIcon, Autocomplete, Button, Group, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { UpstreamView } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { targetFinding } from './alias-form.ts'
import classes from './models.module.css'

export interface TargetListProps {
  readonly targets: readonly string[]
  /** What can be picked; anything else may be typed. */
  readonly options: readonly string[]
  /** Names that no target may have. */
  readonly aliases: readonly string[]
  readonly upstreams: readonly UpstreamView[]
  /** Of the list as a whole. */
  readonly error: string | null
  readonly onChange: (targets: readonly string[]) => void
}

const shownOptions = 60

/** The targets of an alias in fallback order: picked or typed, moved by button or Alt+arrows. */
export function TargetList({ targets, options, aliases, upstreams, error, onChange }: TargetListProps) {
  const { t } = useTranslation('models')
  const list = useRef<HTMLOListElement>(null)
  const [said, setSaid] = useState('')
  // What gets the focus once the list has changed: a control of the row that moved, or the new row's input.
  const focusAfter = useRef<{ readonly index: number; readonly control: string } | null>(null)

  useEffect(() => {
    const wanted = focusAfter.current
    if (wanted === null) return
    focusAfter.current = null
    const row = list.current?.children.item(wanted.index)
    const control = row?.querySelector<HTMLElement>(`[data-control="${wanted.control}"]:not(:disabled)`)
    ;(control ?? row?.querySelector<HTMLElement>('input'))?.focus()
  }, [targets])

  function move(from: number, to: number, control: string): void {
    const target = targets[from]
    if (target === undefined || to < 0 || to >= targets.length) return
    focusAfter.current = { index: to, control }
    onChange(targets.toSpliced(from, 1).toSpliced(to, 0, target))
    setSaid(t('alias.moved', { target, place: to + 1, count: targets.length }))
  }

  function remove(index: number): void {
    focusAfter.current = { index: Math.max(0, index - 1), control: 'input' }
    onChange(targets.toSpliced(index, 1))
  }

  function handleKeyDown(event: React.KeyboardEvent, index: number): void {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    // Else the list of options would open.
    event.stopPropagation()
    const control = event.target instanceof HTMLElement ? (event.target.dataset['control'] ?? 'input') : 'input'
    move(index, index + (event.key === 'ArrowUp' ? -1 : 1), control)
  }

  return (
    <section className={`panel ${classes.section}`}>
      <Title order={2}>{t('alias.targets')}</Title>
      <Text size="xs" c="dimmed">
        {t('alias.targetsHint')}
      </Text>
      <VisuallyHidden component="output">{said}</VisuallyHidden>
      <ol className={classes.targetRows} ref={list}>
        {targets.map((target, index) => {
          const place = index + 1
          const finding = targetFinding(target, targets.slice(0, index), aliases, upstreams)
          return (
            // Rows are known by their place alone: two may be empty.
            <li key={index} className={classes.targetRow} onKeyDownCapture={(event) => handleKeyDown(event, index)}>
              <span className={classes.place} aria-hidden>
                {place}
              </span>
              <div>
                <Autocomplete
                  aria-label={t('alias.target', { place })}
                  aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
                  placeholder={t('alias.example')}
                  classNames={{ input: 'mono' }}
                  data-control="input"
                  data={[...options]}
                  limit={shownOptions}
                  value={target}
                  error={finding === 'alias'}
                  onChange={(value) => onChange(targets.with(index, value))}
                />
                {finding !== null && (
                  <StateBadge tone={finding === 'alias' ? 'bad' : 'warning'} plain>
                    {t(`finding.${finding}`)}
                  </StateBadge>
                )}
              </div>
              <Group gap={0} wrap="nowrap">
                <Tooltip label={t('alias.up', { place })}>
                  <ActionIcon
                    aria-label={t('alias.up', { place })}
                    data-control="up"
                    disabled={index === 0}
                    onClick={() => move(index, index - 1, 'up')}
                  >
                    <IconArrowUp size={16} stroke={1.75} aria-hidden />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={t('alias.down', { place })}>
                  <ActionIcon
                    aria-label={t('alias.down', { place })}
                    data-control="down"
                    disabled={index === targets.length - 1}
                    onClick={() => move(index, index + 1, 'down')}
                  >
                    <IconArrowDown size={16} stroke={1.75} aria-hidden />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={t('alias.remove', { place })}>
                  <ActionIcon
                    aria-label={t('alias.remove', { place })}
                    data-control="remove"
                    disabled={targets.length === 1}
                    onClick={() => remove(index)}
                  >
                    <IconX size={16} stroke={1.75} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </Group>
            </li>
          )
        })}
      </ol>
      {error !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => {
            focusAfter.current = { index: targets.length, control: 'input' }
            onChange([...targets, ''])
          }}
        >
          {t('alias.addTarget')}
        </Button>
      </div>
    </section>
  )
}
