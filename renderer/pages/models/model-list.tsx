import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Menu, Table, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconRoute } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ModelEntry } from '../../../proxy/contract.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { RowMenu } from '../../components/row-menu.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useConsole } from '../../console-context.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { aliasHref } from './alias-place.ts'
import classes from './models.module.css'

export interface ModelListProps {
  readonly view: ConfigView
  readonly entries: readonly ModelEntry[]
  readonly onExplain: (model: string) => void
}

/** `*` upstreams offer thousands of models: that many at once, the rest on demand. */
const pageSize = 100
const shownTargets = 4

export function ModelList({ view, entries, onExplain }: ModelListProps) {
  const { t } = useTranslation(['models', 'common'])
  const edit = useQuickEdit(view)
  const projects = useConsole((state) => state.status?.projects)
  const [limit, setLimit] = useState(pageSize)
  const rest = entries.length - limit
  const enabledProjects = projects?.filter(({ enabled }) => enabled).length ?? 0
  return (
    <div className="panel">
      <Table className={classes.list} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('list.name')}</Table.Th>
            <Table.Th className={classes.targetsCell}>{t('list.targets')}</Table.Th>
            <Table.Th className={classes.projectsCell}>{t('list.projects')}</Table.Th>
            <Table.Th className={classes.actions}>
              <VisuallyHidden>{t('list.actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.slice(0, limit).map((entry) => (
            <ModelRow
              key={entry.name}
              entry={entry}
              enabledProjects={enabledProjects}
              busy={edit.busy}
              onExplain={() => onExplain(entry.name)}
              onDelete={() =>
                void edit.remove(
                  [{ op: 'delete', path: ['server', 'auto_models', entry.name] }],
                  t('alias.deleted', { name: entry.name }),
                )
              }
            />
          ))}
        </Table.Tbody>
      </Table>
      <div className={classes.foot}>
        <output className="small dim">{t('filter.shown', { count: entries.length })}</output>
        {rest > 0 && (
          <Button variant="default" onClick={() => setLimit(limit + pageSize)}>
            {t('filter.more', { count: Math.min(rest, pageSize) })}
          </Button>
        )}
      </div>
    </div>
  )
}

interface ModelRowProps {
  readonly entry: ModelEntry
  readonly enabledProjects: number
  readonly busy: boolean
  readonly onExplain: () => void
  readonly onDelete: () => void
}

function ModelRow({ entry, enabledProjects, busy, onExplain, onDelete }: ModelRowProps) {
  const { t } = useTranslation(['models', 'common'])
  const { name, kind } = entry
  const isAlias = kind === 'alias'
  return (
    <Table.Tr>
      <Table.Td>
        <div className={classes.nameLine}>
          {isAlias ? (
            <a className={`mono breaks ${classes.name}`} href={aliasHref(name)}>
              {name}
            </a>
          ) : (
            <span className={`mono breaks ${classes.name}`}>{name}</span>
          )}
          {kind !== 'listed' && <Badge size="sm">{t(`kind.${kind}`)}</Badge>}
        </div>
      </Table.Td>
      <Table.Td>
        <Targets entry={entry} />
      </Table.Td>
      <Table.Td className="small dim">
        <Projects names={entry.projects} enabledProjects={enabledProjects} />
      </Table.Td>
      <Table.Td className={classes.actions}>
        <Group gap={0} wrap="nowrap" justify="flex-end">
          <CopyButton text={name} what={t('list.copy', { name })} />
          {isAlias ? (
            <RowMenu
              label={t('list.moreOf', { name })}
              edit={{ href: aliasHref(name), text: t('alias.edit') }}
              deleteText={t('alias.delete')}
              onDelete={onDelete}
              busy={busy}
            >
              <Menu.Item leftSection={<IconRoute size={16} aria-hidden />} onClick={onExplain}>
                {t('list.explain')}
              </Menu.Item>
            </RowMenu>
          ) : (
            <Tooltip label={t('list.explain')}>
              <ActionIcon aria-label={`${t('list.explain')} ${name}`} onClick={onExplain}>
                <IconRoute size={16} stroke={1.75} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}

/** Who answers, first asked first; what can't be used says why. */
function Targets({ entry: { name, targets } }: { readonly entry: ModelEntry }) {
  const { t } = useTranslation('models')
  if (targets.length === 0) return <StateBadge tone="warning">{t('list.noTarget')}</StateBadge>
  const usable = targets.filter((target) => target.usable).length
  const more = targets.length - shownTargets
  return (
    <ol className={classes.targets} aria-label={t('list.order')}>
      {targets.slice(0, shownTargets).map(({ upstream, model, usable: isUsable, why }, index) => (
        <li key={`${upstream}:${model}`} data-off={!isUsable || undefined}>
          {usable > 1 && isUsable && <span className={classes.place}>{index + 1}</span>}
          <span className="breaks">
            {upstream}
            {model !== name && <span className="mono dim">:{model}</span>}
            {!isUsable && (
              <span className={classes.why}>
                <StateBadge tone="off" plain>
                  {why === 'disabled' || why === 'no-key' ? t(`why.${why}`) : why}
                </StateBadge>
              </span>
            )}
          </span>
        </li>
      ))}
      {more > 0 && <li className="dim">{t('list.moreTargets', { count: more })}</li>}
    </ol>
  )
}

interface ProjectsProps {
  readonly names: readonly string[]
  readonly enabledProjects: number
}

const shownProjects = 3

function Projects({ names, enabledProjects }: ProjectsProps) {
  const { t } = useTranslation('models')
  const more = names.length - shownProjects
  const words =
    names.length === 0
      ? t('list.noProject')
      : names.length > 1 && names.length >= enabledProjects
        ? t('list.allProjects')
        : names.slice(0, shownProjects).join(', ')
  return (
    <span className={`breaks ${classes.projects}`} title={names.join(', ')}>
      {words}
      {more > 0 && words !== t('list.allProjects') && ` ${t('list.moreTargets', { count: more })}`}
    </span>
  )
}
