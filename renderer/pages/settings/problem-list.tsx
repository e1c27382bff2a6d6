import { UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigDiagnostic } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import { useDiagnosticText } from '../../use-diagnostic-text.ts'
import classes from './settings-page.module.css'

export interface ProblemListProps {
  readonly diagnostics: readonly ConfigDiagnostic[]
  readonly onJump: (diagnostic: ConfigDiagnostic) => void
}

/** Errors first; each leads to its place in the editor above. */
export function ProblemList({ diagnostics, onJump }: ProblemListProps) {
  const { t } = useTranslation(['settings', 'common'])
  const diagnosticText = useDiagnosticText()
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning')
  if (diagnostics.length === 0) {
    return (
      <output className={classes.problems}>
        <StateBadge tone="good" plain>
          {t('file.noProblems')}
        </StateBadge>
      </output>
    )
  }
  return (
    <section className={`panel ${classes.problems}`} aria-label={t('file.problems')}>
      <output className="small dim">
        {[
          ...(errors.length > 0 ? [t('file.errors', { count: errors.length })] : []),
          ...(warnings.length > 0 ? [t('file.warnings', { count: warnings.length })] : []),
        ].join(' · ')}
      </output>
      <ul>
        {[...errors, ...warnings].map((diagnostic) => (
          <li key={JSON.stringify([diagnostic.code, diagnostic.path, diagnostic.line, diagnostic.column])}>
            <UnstyledButton
              className={classes.problem}
              disabled={diagnostic.line === null}
              onClick={() => onJump(diagnostic)}
            >
              <StateBadge tone={diagnostic.severity === 'error' ? 'bad' : 'warning'} plain>
                {diagnosticText(diagnostic)}
              </StateBadge>
              {diagnostic.line !== null && (
                <span className={classes.problemPlace}>{t('common:place.line', { line: diagnostic.line })}</span>
              )}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  )
}
