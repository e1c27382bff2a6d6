import { memo, useEffect, useRef } from 'react'
import { Button, Select, TextInput } from '@mantine/core'
import { IconFilterOff, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { KeyboardHint } from '../../components/keyboard-hint.tsx'
import type { Facets } from './facets.ts'
import { isTyping } from './is-typing.ts'
import { isFiltered, noFilter, statusFilters, type RequestFilter } from './request-filter.ts'
import classes from './requests-page.module.css'

export interface RequestFiltersProps {
  readonly filter: RequestFilter
  readonly facets: Facets
  readonly onChange: (filter: RequestFilter) => void
}

/** What the log shows. `/` leads to the text, Esc back to the rows. Not drawn again with every batch of the log. */
export const RequestFilters = memo(function RequestFilters({ filter, facets, onChange }: RequestFiltersProps) {
  const { t } = useTranslation('requests')
  const text = useRef<HTMLInputElement>(null)
  useEffect(() => {
    function handleKey(event: KeyboardEvent): void {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event)) return
      event.preventDefault()
      text.current?.select()
    }
    document.addEventListener('keydown', handleKey)
    return () => document.removeEventListener('keydown', handleKey)
  }, [])

  function handleTextKey(event: React.KeyboardEvent): void {
    if (event.key !== 'Escape' && event.key !== 'Enter') return
    event.preventDefault()
    // So that the details beside it stay open: this Esc is about the text.
    event.stopPropagation()
    text.current?.blur()
    document.querySelector<HTMLElement>('[role="grid"]')?.focus()
  }

  const set = (change: Partial<RequestFilter>) => onChange({ ...filter, ...change })
  return (
    <search className={classes.filters}>
      <TextInput
        ref={text}
        className={classes.text}
        aria-label={t('filter.text')}
        placeholder={t('filter.text')}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={<KeyboardHint keys="/" />}
        value={filter.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
        onKeyDown={handleTextKey}
        spellCheck={false}
      />
      <Facet
        label={t('filter.status')}
        value={filter.status}
        options={statusFilters.map((status) => ({ value: status, label: t(`filter.statuses.${status}`) }))}
        // Safe: the options are the status filters.
        onChange={(status) => set({ status: status as RequestFilter['status'] })}
      />
      <Facet
        label={t('filter.project')}
        value={filter.project}
        options={facets.projects}
        onChange={(project) => set({ project })}
      />
      <Facet
        label={t('filter.model')}
        value={filter.model}
        options={facets.models}
        onChange={(model) => set({ model })}
      />
      <Facet
        label={t('filter.upstream')}
        value={filter.upstream}
        options={facets.upstreams}
        onChange={(upstream) => set({ upstream })}
      />
      <Facet
        label={t('filter.key')}
        value={filter.key}
        options={facets.keys.map(({ id, label, upstream }) => ({ value: id, label: `${label} · ${upstream}` }))}
        onChange={(key) => set({ key })}
      />
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconFilterOff size={14} aria-hidden />}
          onClick={() => onChange(noFilter)}
        >
          {t('filter.clear')}
        </Button>
      )}
    </search>
  )
})

interface FacetProps {
  readonly label: string
  readonly value: string | null
  readonly options: readonly string[] | readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string | null) => void
}

function Facet({ label, value, options, onChange }: FacetProps) {
  const { t } = useTranslation('requests')
  const known = options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option))
  // A bookmark may name what the log at hand doesn't hold; the select must still say what it filters by.
  const offered =
    value === null || known.some((option) => option.value === value) ? known : [{ value, label: value }, ...known]
  return (
    <Select
      className={classes.facet}
      aria-label={label}
      placeholder={label}
      data={offered}
      value={value}
      onChange={onChange}
      searchable={offered.length > 8}
      clearable
      limit={200}
      nothingFoundMessage={t('filter.noOption')}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
      clearButtonProps={{ 'aria-label': t('filter.clearOne', { what: label }) }}
      data-set={value !== null || undefined}
    />
  )
}
