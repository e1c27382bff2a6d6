import { Menu, Table, VisuallyHidden } from '@mantine/core'
import { IconPower } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ProjectView } from '../../../proxy/contract.ts'
import { RowMenu } from '../../components/row-menu.tsx'
import { SecretText } from '../../components/secret-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { formatDateTime } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { projectHref } from './project-place.ts'
import classes from './projects.module.css'

/** All projects with key and models. What is done here is saved at once. */
export function ProjectList({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation(['projects', 'common'])
  const edit = useQuickEdit(view)
  return (
    <div className="panel">
      <Table className={classes.list} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('list.name')}</Table.Th>
            <Table.Th className={classes.keyCell}>{t('list.key')}</Table.Th>
            <Table.Th className={classes.wide}>{t('list.models')}</Table.Th>
            <Table.Th className={classes.stateCell}>{t('list.state')}</Table.Th>
            <Table.Th className={classes.actions}>
              <VisuallyHidden>{t('list.actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {view.projects.map((project) => (
            <ProjectRow
              key={project.index}
              project={project}
              href={projectHref(view.projects, project)}
              busy={edit.busy}
              onToggle={(enabled) =>
                void edit.change([{ op: 'set', path: ['project_auth', project.index, 'enabled'], value: enabled }])
              }
              onDelete={() =>
                void edit.remove(
                  [{ op: 'delete', path: ['project_auth', project.index] }],
                  t('deleted', { name: project.name }),
                )
              }
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

interface ProjectRowProps {
  readonly project: ProjectView
  readonly href: string
  readonly busy: boolean
  readonly onToggle: (enabled: boolean) => void
  readonly onDelete: () => void
}

function ProjectRow({ project, href, busy, onToggle, onDelete }: ProjectRowProps) {
  const { t } = useTranslation(['projects', 'common'])
  const client = useClient()
  const locale = useLocale()
  const { name, maskedKey, previousKeyUntil, settings } = project
  const enabled = settings['enabled'] !== false
  return (
    <Table.Tr data-off={!enabled || undefined}>
      <Table.Td>
        <a className={classes.name} href={href}>
          {name === '' ? t('list.unnamed') : name}
        </a>
      </Table.Td>
      <Table.Td>
        <SecretText
          masked={maskedKey}
          what={t('key')}
          reveal={() => client.revealSecret({ kind: 'project-key', project: name })}
        />
        {previousKeyUntil !== null && (
          <span className="small dim">{t('previous.until', { time: formatDateTime(previousKeyUntil, locale) })}</span>
        )}
      </Table.Td>
      <Table.Td className={`dim small ${classes.wide}`}>
        <ModelsSummary models={settings['allowed_models']} />
      </Table.Td>
      <Table.Td>
        <StateBadge tone={enabled ? 'good' : 'off'}>{enabled ? t('state.on') : t('state.off')}</StateBadge>
      </Table.Td>
      <Table.Td className={classes.actions}>
        <RowMenu
          label={t('list.moreOf', { name })}
          edit={{ href, text: t('common:action.edit') }}
          deleteText={t('delete')}
          onDelete={onDelete}
          busy={busy}
        >
          <Menu.Item
            leftSection={<IconPower size={16} aria-hidden />}
            disabled={busy}
            onClick={() => onToggle(!enabled)}
          >
            {enabled ? t('list.disable') : t('list.enable')}
          </Menu.Item>
        </RowMenu>
      </Table.Td>
    </Table.Tr>
  )
}

function ModelsSummary({ models }: { readonly models: unknown }) {
  const { t } = useTranslation('projects')
  const allowed: readonly unknown[] = Array.isArray(models) ? models : []
  if (allowed.includes('*')) return <>{t('list.everyModel')}</>
  if (allowed.length === 0) return <StateBadge tone="warning">{t('list.noModel')}</StateBadge>
  const words = allowed.join(', ')
  return (
    <span className={`one-line ${classes.models}`} title={words}>
      {words}
    </span>
  )
}
