import { useState } from 'react'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigView } from '../../../proxy/contract.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { hrefTo, replaceRoute } from '../../route.ts'
import { isCovered } from '../../model-patterns.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { useNotices } from '../../use-notices.ts'
import { emptyUpstream, type UpstreamForm } from '../upstreams/upstream-form.ts'
import { rememberFirstRun } from './first-run-memory.ts'
import { isFirstRun } from './first-run-state.ts'
import classes from './first-run.module.css'
import { guideEdits, modelsAfterMove } from './guide-edits.ts'
import { KeyStep } from './key-step.tsx'
import { ModelsStep } from './models-step.tsx'
import { ProviderStep } from './provider-step.tsx'
import { RequestStep } from './request-step.tsx'
import { StepList, type StepName } from './step-list.tsx'

/** The guided path from nothing to the first answer: provider, key and test, models, first request. */
export function FirstRunPage() {
  const { t } = useTranslation('firstRun')
  const config = useConfigView()

  function handleLeave(): void {
    rememberFirstRun()
    replaceRoute(hrefTo('overview'))
  }

  return (
    <div className={classes.page}>
      <PageHeader
        title={t('title')}
        intro={t('intro')}
        actions={
          <Button variant="default" onClick={handleLeave}>
            {t('skip')}
          </Button>
        }
      />
      <QueryView query={config} rows={4}>
        {(view) => <Guide view={view} onLeave={handleLeave} />}
      </QueryView>
    </div>
  )
}

interface GuideProps {
  readonly view: ConfigView
  readonly onLeave: () => void
}

function Guide({ view, onLeave }: GuideProps) {
  const { t } = useTranslation('firstRun')
  const client = useClient()
  const notices = useNotices()
  const quick = useQuickEdit(view)
  // Who comes back with a provider set up has only the request left to send.
  const waiting = useConsole((state) => state.status !== null && !state.status.hasAnswered && !isFirstRun(state.status))
  const [step, setStep] = useState<StepName>(waiting ? 'request' : 'provider')
  const [form, setForm] = useState<UpstreamForm>(emptyUpstream)
  const [tested, setTested] = useState('')
  const [withDemo, setWithDemo] = useState(false)
  useDirtyGuard(step !== 'request' && form.pasted.trim() !== '')

  function change(next: Partial<UpstreamForm>): void {
    setForm((before) => {
      const models =
        next.base_url === undefined ? {} : { models: modelsAfterMove(view.upstreams, before, next.base_url) }
      return { ...before, ...models, ...next }
    })
  }

  async function handleSave(): Promise<void> {
    try {
      const key = view.projects.length === 0 ? await client.createKey() : null
      const saved = await quick.change(guideEdits(view, form, key, t('project')))
      if (saved) setStep('request')
    } catch (error) {
      notices.showFailure(error)
    }
  }

  return (
    <>
      <StepList current={step} skipped={withDemo ? ofProvider : []} />
      {step === 'provider' && (
        <ProviderStep
          upstreams={view.upstreams}
          onChoose={(chosen) => {
            setForm({ ...emptyUpstream, ...chosen })
            setWithDemo(false)
            setStep('key')
          }}
          onDemo={() => {
            // Nothing of a provider that was begun with before.
            setForm(emptyUpstream)
            setTested('')
            setWithDemo(true)
            setStep('request')
          }}
        />
      )}
      {step === 'key' && (
        <KeyStep
          form={form}
          onChange={change}
          onBack={() => setStep('provider')}
          onNext={(model) => {
            setTested(model)
            setStep('models')
          }}
        />
      )}
      {step === 'models' && (
        <ModelsStep
          form={form}
          saving={quick.busy}
          onChange={change}
          onBack={() => setStep('key')}
          onNext={() => void handleSave()}
        />
      )}
      {step === 'request' && (
        <RequestStep
          view={view}
          wanted={servedModel(form, tested)}
          onBack={() => setStep('provider')}
          onDone={onLeave}
        />
      )}
    </>
  )
}

/** What the demo does without: it has no key, and its models are known. */
const ofProvider: readonly StepName[] = ['key', 'models']

/** The tested model if it is among those chosen, else the first that was chosen by name. */
function servedModel({ models }: UpstreamForm, tested: string): string {
  if (models.includes(tested) || isCovered(tested, models)) return tested
  return models.find((model) => !model.includes('*')) ?? ''
}
