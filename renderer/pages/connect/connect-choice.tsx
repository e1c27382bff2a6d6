import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ProjectView } from '../../../proxy/contract.ts'
import { SecretText } from '../../components/secret-text.tsx'
import { useClient } from '../../console-context.ts'
import type { ConnectChoice as Choice } from './use-connect-choice.ts'
import classes from './connect.module.css'

export interface ConnectChoiceProps {
  readonly choice: Choice
  readonly projects: readonly ProjectView[]
}

/** Project and model that all guides are made for, and the project's key. */
export function ConnectChoice({ choice, projects }: ConnectChoiceProps) {
  const { t } = useTranslation('connect')
  const client = useClient()
  const { project } = choice
  const masked = projects.find(({ name }) => name === project)?.maskedKey
  return (
    <section className={`panel ${classes.choice}`} aria-label={t('choice')}>
      <Select
        label={t('project')}
        placeholder={t('noProject')}
        allowDeselect={false}
        value={project}
        data={projects.filter(({ settings }) => settings['enabled'] !== false).map(({ name }) => name)}
        onChange={(name) => name !== null && choice.setProject(name)}
      />
      <Select
        label={t('model')}
        placeholder={t('noModel')}
        allowDeselect={false}
        searchable
        limit={200}
        nothingFoundMessage={t('nothingFound')}
        value={choice.model}
        data={[...choice.models]}
        onChange={(name) => name !== null && choice.setModel(name)}
      />
      {project !== null && masked !== undefined && (
        <div className={classes.key}>
          <span className="small dim">{t('key')}</span>
          <SecretText
            masked={masked}
            what={t('key')}
            reveal={() => client.revealSecret({ kind: 'project-key', project })}
          />
        </div>
      )}
    </section>
  )
}
