import { useRef, useState } from 'react'
import { Button, Checkbox, Group, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useTranslation } from 'react-i18next'
import classes from './model-picker.module.css'

export interface ModelOption {
  readonly name: string
  /** A word on it: "Alias". */
  readonly note?: string
  /** Covered by a pattern that is chosen: shown as ticked, and not to be unticked here. */
  readonly covered?: boolean
}

export interface ModelPickerProps {
  /** Of the list, for screen readers: "Models of OpenAI". */
  readonly label: string
  readonly options: readonly ModelOption[]
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

const rowHeight = 30

/** Tick models in a list that may be long: a filter above, windowed rows below. */
export function ModelPicker({ label, options, chosen, onChange }: ModelPickerProps) {
  const { t } = useTranslation('common')
  const [filter, setFilter] = useState('')
  const scroller = useRef<HTMLDivElement>(null)
  const words = filter.toLowerCase().split(/\s+/)
  const shown = options.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
  // No compiler memoizes here, so its moving parts are safe.
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const free = shown.filter(({ covered }) => covered !== true).map(({ name }) => name)
  const ticked = new Set(chosen)

  return (
    <section className={classes.picker} aria-label={label}>
      <Group gap="xs" wrap="nowrap" className={classes.head}>
        <TextInput
          className={classes.filter}
          leftSection={<IconSearch size={14} aria-hidden />}
          aria-label={t('picker.filter')}
          placeholder={t('picker.filter')}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <output className="small dim">{t('picker.shown', { shown: shown.length, count: options.length })}</output>
        <Button
          variant="default"
          disabled={free.every((name) => ticked.has(name))}
          onClick={() => onChange([...chosen, ...free.filter((name) => !ticked.has(name))])}
        >
          {t('picker.all')}
        </Button>
        <Button
          variant="default"
          disabled={!free.some((name) => ticked.has(name))}
          onClick={() => onChange(chosen.filter((name) => !free.includes(name)))}
        >
          {t('picker.none')}
        </Button>
      </Group>
      <div ref={scroller} className={classes.scroller}>
        <div className={classes.rows} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const option = shown[index]
            if (option === undefined) return null
            return (
              <div key={option.name} className={classes.row} style={{ transform: `translateY(${start}px)` }}>
                <Checkbox
                  label={<span className="mono">{option.name}</span>}
                  checked={option.covered === true || ticked.has(option.name)}
                  disabled={option.covered === true}
                  onChange={(event) =>
                    onChange(
                      event.currentTarget.checked
                        ? [...chosen, option.name]
                        : chosen.filter((name) => name !== option.name),
                    )
                  }
                />
                {option.note !== undefined && <span className="small dim">{option.note}</span>}
              </div>
            )
          })}
        </div>
        {shown.length === 0 && <p className={`small dim ${classes.nothing}`}>{t('picker.nothing')}</p>}
      </div>
    </section>
  )
}
