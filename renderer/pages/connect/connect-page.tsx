import { Anchor, NavLink, Select, Text, Title } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { EmptyState } from '../../components/view-states.tsx'
import { useConsole } from '../../console-context.ts'
import { hrefTo, navigate, useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { ConnectChoice } from './connect-choice.tsx'
import { ToolGuide } from './tool-guide.tsx'
import type { ToolGroup } from './tools.ts'
import { connectTools } from './tools.ts'
import { useConnectChoice } from './use-connect-choice.ts'
import classes from './connect.module.css'

const groups: readonly ToolGroup[] = ['code', 'editor', 'agent', 'chat']

/** One tool at a time, with this address, this project's key and the chosen model: `#/connect/claude-code`. */
export function ConnectPage() {
  const { t } = useTranslation(['connect', 'common'])
  const baseUrl = useConsole((state) => state.status?.listening?.baseUrl)
  return (
    <>
      <PageHeader title={t('common:page.connect')} intro={t('intro')} />
      {baseUrl === undefined ? (
        <EmptyState icon={IconPlugConnected} title={t('waiting.title')} text={t('waiting.text')} />
      ) : (
        <Guides baseUrl={baseUrl} />
      )}
    </>
  )
}

function Guides({ baseUrl }: { readonly baseUrl: string }) {
  const { t } = useTranslation(['connect', 'common'])
  const { rest } = useRoute()
  const config = useConfigView()
  const choice = useConnectChoice()
  const tool = connectTools.find(({ id }) => id === rest[0]) ?? connectTools[0]
  if (!tool) return null
  const nameOf = (id: (typeof connectTools)[number]) => (id.id === 'environment' ? t('environment') : id.name)
  return (
    <div className={classes.layout}>
      <nav className={`panel ${classes.tools}`} aria-label={t('tools')}>
        {groups.map((group) => (
          <div key={group} className={classes.group}>
            <Text size="xs" c="dimmed" className={classes.groupName}>
              {t(`group.${group}`)}
            </Text>
            {connectTools
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <NavLink
                  key={entry.id}
                  className={classes.link}
                  href={hrefTo('connect', [entry.id])}
                  label={nameOf(entry)}
                  active={entry === tool}
                  aria-current={entry === tool ? 'page' : undefined}
                />
              ))}
          </div>
        ))}
      </nav>
      <div className={classes.column}>
        <Select
          className={classes.toolSelect}
          label={t('tool')}
          allowDeselect={false}
          value={tool.id}
          data={connectTools.map((entry) => ({ value: entry.id, label: nameOf(entry) }))}
          onChange={(id) => id !== null && navigate(hrefTo('connect', [id]))}
        />
        <QueryView query={config} rows={3}>
          {(view) => (
            <>
              <ConnectChoice choice={choice} projects={view.projects} />
              <section className={`panel ${classes.section}`} aria-labelledby="tool-title">
                <div className={classes.sectionHead}>
                  <Title order={2} id="tool-title">
                    {nameOf(tool)}
                  </Title>
                  {tool.docs !== null && (
                    <Anchor href={tool.docs} target="_blank" rel="noreferrer" size="sm">
                      {t('docs')}
                    </Anchor>
                  )}
                </div>
                <ToolGuide
                  tool={tool}
                  baseUrl={baseUrl}
                  choice={choice}
                  maskedKey={view.projects.find(({ name }) => name === choice.project)?.maskedKey ?? null}
                />
              </section>
            </>
          )}
        </QueryView>
      </div>
    </div>
  )
}
