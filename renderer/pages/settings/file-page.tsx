import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react'
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconEye, IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigDiagnostic, ConfigText } from '../../../proxy/contract.ts'
import { BackLink } from '../../components/back-link.tsx'
import { ConflictDialog } from '../../components/conflict-dialog.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { SaveBar } from '../../components/save-bar.tsx'
import { LoadingState } from '../../components/view-states.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { hrefTo, useRoute } from '../../route.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useDiagnosticText } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import { useQuery } from '../../use-query.ts'
import { ConfigProblem } from './config-problem.tsx'
import { ProblemList } from './problem-list.tsx'
import { ReviewDialog } from './review-dialog.tsx'
import type { YamlEditorHandle } from './yaml-editor.tsx'
import classes from './settings-page.module.css'

// The only place of the console where one writes code.
const YamlEditor = lazy(() => import('./yaml-editor.tsx').then((module) => ({ default: module.YamlEditor })))

/** `#/settings/file`, with `?line=12` for a place in it: the config as it stands in the file. */
export function FilePage() {
  const { t } = useTranslation(['settings', 'common'])
  const client = useClient()
  const refresh = useConsole((state) =>
    [state.connections, state.diskRevision, state.status?.config.appliedRevision].join(' '),
  )
  const text = useQuery('config text', () => client.readConfigText(), { refresh })
  const [revealed, setRevealed] = useState(false)
  const Icon = revealed ? IconEyeOff : IconEye
  return (
    <>
      <PageHeader
        title={t('file.title')}
        intro={<BackLink href={hrefTo('settings')} text={t('common:page.settings')} />}
        actions={
          <Button
            variant="default"
            leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
            onClick={() => setRevealed(!revealed)}
          >
            {revealed ? t('common:secrets.hide') : t('common:secrets.show')}
          </Button>
        }
      />
      <QueryView query={text} rows={8}>
        {(file) => <FileEditor file={file} revealed={revealed} />}
      </QueryView>
    </>
  )
}

interface FileEditorProps {
  readonly file: ConfigText
  readonly revealed: boolean
}

function FileEditor({ file, revealed }: FileEditorProps) {
  const { t, i18n } = useTranslation(['settings', 'common'])
  const client = useClient()
  const { query } = useRoute()
  const path = useConsole((state) => state.status?.config.path ?? '')
  const draft = useDraft(file.text, file.revision)
  const save = useConfigSave()
  const diagnosticText = useDiagnosticText()
  const [found, setFound] = useState<readonly ConfigDiagnostic[]>(file.diagnostics)
  const [reviewing, setReviewing] = useState(false)
  const [comparing, setComparing] = useState(false)
  const editor = useRef<YamlEditorHandle>(null)
  useDirtyGuard(draft.dirty)

  const check = useCallback((text: string) => client.checkConfigText(text), [client])
  const language = i18n.language === 'zh' ? 'zh' : 'en'
  const words = useMemo(
    () => ({ language, usual: (value: string) => t('file.usual', { value }) }) as const,
    [language, t],
  )
  const phrases = useMemo(
    () => Object.fromEntries(phraseKeys.map(([phrase, key]) => [phrase, t(`phrases.${key}`)])),
    [t],
  )
  const line = /^\d+$/.test(query['line'] ?? '') ? Number(query['line']) : null

  async function write(): Promise<void> {
    setReviewing(false)
    const revision = await save.saveText(draft.value, draft.baseRevision)
    if (revision !== null) draft.saved(revision)
  }

  function handleSave(): void {
    // Refused anyway, with the reasons: there is nothing to compare yet.
    if (reviewing || found.some(({ severity }) => severity === 'error')) void write()
    else setReviewing(true)
  }

  function handleTakeDisk(): void {
    setComparing(false)
    save.clear()
    draft.reset()
  }

  return (
    <div className={classes.file}>
      <ConfigProblem />
      {draft.outdated && save.outcome.kind !== 'conflict' && (
        <Alert
          color="var(--tone-warning)"
          variant="outline"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={t('file.changedTitle')}
          className={classes.notice}
        >
          <Text size="sm">{t('file.changedText')}</Text>
          <Group gap="xs" mt="xs">
            <Button variant="default" onClick={() => setComparing(true)}>
              {t('file.compare')}
            </Button>
            <Button variant="default" onClick={handleTakeDisk}>
              {t('common:conflict.takeDisk')}
            </Button>
          </Group>
        </Alert>
      )}
      <Suspense fallback={<LoadingState rows={8} />}>
        <YamlEditor
          ref={editor}
          label={t('file.label')}
          value={draft.value}
          check={check}
          diagnosticText={diagnosticText}
          revealed={revealed}
          readOnly={save.outcome.kind === 'saving'}
          line={line}
          words={words}
          phrases={phrases}
          onChange={(text) => {
            save.clear()
            draft.set(() => text)
          }}
          onChecked={setFound}
        />
      </Suspense>
      <p className={`small dim ${classes.hint}`}>
        <span className="mono one-line">{path}</span>
        <span>{t('file.keys')}</span>
      </p>
      <ProblemList
        diagnostics={found}
        onJump={({ line: at, column }) => editor.current?.jumpTo(at ?? 1, column ?? 1)}
      />
      <SaveBar dirty={draft.dirty} outdated={draft.outdated} save={save} onSave={handleSave} onDiscard={draft.reset} />
      {reviewing && (
        <ReviewDialog
          before={draft.base}
          after={draft.value}
          onClose={() => setReviewing(false)}
          onWrite={() => void write()}
        />
      )}
      {comparing && (
        <ConflictDialog
          diskText={file.text}
          yourText={draft.value}
          onClose={() => setComparing(false)}
          onTakeDisk={handleTakeDisk}
          onKeepMine={() => {
            setComparing(false)
            void save.saveText(draft.value, file.revision).then((revision) => {
              if (revision !== null) draft.saved(revision)
            })
          }}
        />
      )}
    </div>
  )
}

/** CodeMirror's words and where ours stand. */
const phraseKeys = [
  ['Find', 'find'],
  ['Replace', 'replaceField'],
  ['next', 'next'],
  ['previous', 'previous'],
  ['all', 'all'],
  ['match case', 'matchCase'],
  ['by word', 'byWord'],
  ['regexp', 'regexp'],
  ['replace', 'replace'],
  ['replace all', 'replaceAll'],
  ['close', 'close'],
  ['current match', 'currentMatch'],
  ['replaced $ matches', 'replacedMatches'],
  ['replaced match on line $', 'replacedMatch'],
  ['on line', 'onLine'],
  ['Diagnostics', 'diagnostics'],
  ['No diagnostics', 'noDiagnostics'],
  ['Completions', 'completions'],
  ['Go to line', 'goToLine'],
  ['go', 'go'],
] as const
