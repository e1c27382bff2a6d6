import { useState } from 'react'
import { Button, Group, Popover, Select, Text, Title } from '@mantine/core'
import { IconKey, IconRefresh } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ProjectView } from '../../../proxy/contract.ts'
import { SecretText } from '../../components/secret-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { formatDateTime } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { useNotices } from '../../use-notices.ts'
import type { ProjectForm } from './project-form.ts'
import classes from './projects.module.css'

export interface KeySectionProps {
  readonly form: ProjectForm
  /** Null for a new project. */
  readonly project: ProjectView | null
  readonly error: string | null
  readonly onChange: (change: Partial<ProjectForm>) => void
  readonly onReveal: () => Promise<string>
}

/** The key: made here, copied, rotated with time for the clients to change over. */
export function KeySection({ form, project, error, onChange, onReveal }: KeySectionProps) {
  const { t } = useTranslation(['projects', 'common'])
  const client = useClient()
  const notices = useNotices()
  const locale = useLocale()
  const { newKey } = form
  const previousUntil = project?.previousKeyUntil ?? null

  async function handleNewKey(graceHours: number): Promise<void> {
    try {
      onChange({ newKey: await client.createKey(), graceHours })
    } catch (failure) {
      notices.showFailure(failure)
    }
  }

  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('keySection.title')}</Title>
        {project !== null && newKey === null && <RotateButton onRotate={(hours) => void handleNewKey(hours)} />}
      </div>
      {newKey !== null && (
        <div className={classes.newKey}>
          <StateBadge tone="waiting">{t('keySection.unsaved')}</StateBadge>
          <SecretText
            masked={`${newKey.slice(0, 3)}…${newKey.slice(-4)}`}
            what={t('key')}
            reveal={async () => newKey}
          />
        </div>
      )}
      {newKey !== null && project !== null && (
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed">
            {form.graceHours === 0
              ? t('keySection.oldEnds')
              : t('keySection.oldStays', { period: t(`grace.${graceName(form.graceHours)}`) })}
          </Text>
          <Button variant="default" onClick={() => onChange({ newKey: null, graceHours: 0 })}>
            {t('keySection.keepOld')}
          </Button>
        </Group>
      )}
      {newKey === null && project !== null && (
        <SecretText masked={project.maskedKey} what={t('key')} reveal={onReveal} />
      )}
      {newKey === null && project === null && (
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<IconKey size={16} aria-hidden />}
            onClick={() => void handleNewKey(0)}
          >
            {t('keySection.create')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('keySection.createHint')}
          </Text>
        </Group>
      )}
      {error !== null && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {previousUntil !== null && newKey === null && (
        <Group justify="space-between" gap="xs" className={classes.previous}>
          <Text size="sm">
            {form.endPrevious
              ? t('previous.willEnd')
              : t('previous.until', { time: formatDateTime(previousUntil, locale) })}
          </Text>
          <Button variant="default" onClick={() => onChange({ endPrevious: !form.endPrevious })}>
            {form.endPrevious ? t('common:action.undo') : t('previous.end')}
          </Button>
        </Group>
      )}
    </section>
  )
}

const graces = [
  ['none', 0],
  ['hour', 1],
  ['day', 24],
  ['week', 168],
  ['month', 720],
] as const

function graceName(hours: number): (typeof graces)[number][0] {
  return graces.find(([, known]) => known === hours)?.[0] ?? 'none'
}

function RotateButton({ onRotate }: { readonly onRotate: (graceHours: number) => void }) {
  const { t } = useTranslation(['projects', 'common'])
  const [opened, setOpened] = useState(false)
  const [hours, setHours] = useState(24)
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      trapFocus
      returnFocus
      withArrow
      shadow="md"
      width={300}
      position="bottom-end"
    >
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t('keySection.rotate')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Select
          label={t('keySection.grace')}
          description={t('keySection.graceHint')}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          data={graces.map(([name, value]) => ({ value: String(value), label: t(`grace.${name}`) }))}
          value={String(hours)}
          onChange={(value) => setHours(Number(value ?? 0))}
        />
        <Group justify="flex-end" gap="xs" mt="sm">
          <Button variant="default" onClick={() => setOpened(false)}>
            {t('common:action.cancel')}
          </Button>
          <Button
            onClick={() => {
              setOpened(false)
              onRotate(hours)
            }}
          >
            {t('keySection.create')}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
