import { Button, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../components/code-block.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { useClient } from '../../console-context.ts'
import { hrefTo } from '../../route.ts'
import { newProjectHref } from '../projects/project-place.ts'
import type { ConnectBlock, ConnectTool, ConnectValues } from './tools.ts'
import { canUse } from './tools.ts'
import type { ConnectChoice } from './use-connect-choice.ts'
import classes from './connect.module.css'

export interface ToolGuideProps {
  readonly tool: ConnectTool
  readonly baseUrl: string
  readonly choice: ConnectChoice
  /** Shown in place of the key; null without a project. */
  readonly maskedKey: string | null
}

/** What to paste where, for one tool. Shown with the masked key, copied with the real one. */
export function ToolGuide({ tool, baseUrl, choice, maskedKey }: ToolGuideProps) {
  const { t } = useTranslation('connect')
  const client = useClient()
  const { project, model } = choice
  if (tool.needs.length === 0) {
    return <Warning title={t('unsupported.title', { name: tool.name })} text={t(`about.${tool.id}`)} />
  }
  if (project === null || maskedKey === null || model === null) {
    const [text, action, href] =
      project === null
        ? [t('needsProject'), t('addProject'), newProjectHref()]
        : [t('needsModel'), t('openProject'), hrefTo('projects', [project])]
    return (
      <div className={classes.missing}>
        <Text size="sm">{text}</Text>
        <Button component="a" variant="default" href={href}>
          {action}
        </Button>
      </div>
    )
  }
  const shown = { baseUrl, key: maskedKey, model }
  const real = async (): Promise<ConnectValues> => ({
    ...shown,
    key: await client.revealSecret({ kind: 'project-key', project }),
  })
  const blocks = tool.blocks(shown)
  return (
    <>
      <Text size="sm">{t(`about.${tool.id}`)}</Text>
      {!choice.isLoading && !canUse(tool, choice.speaks) && (
        <Warning
          title={t('protocol.title', { model })}
          text={t('protocol.text', { name: tool.name, protocol: t(`protocols.${tool.needs[0] ?? 'chat'}`) })}
        />
      )}
      {blocks.map((block, index) => (
        <GuideBlock
          // The blocks of a tool never change their order.
          key={index}
          block={block}
          copy={async () => textOf(tool.blocks(await real())[index])}
          copyField={async (field) => fieldOf(tool.blocks(await real())[index], field)}
        />
      ))}
      <Text size="xs" c="dimmed" className={classes.hint}>
        <IconInfoCircle size={14} aria-hidden /> {t('masked')}
      </Text>
    </>
  )
}

function Warning({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div className={classes.warning}>
      <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
      <div>
        <strong>{title}</strong>
        <Text size="sm">{text}</Text>
      </div>
    </div>
  )
}

interface GuideBlockProps {
  readonly block: ConnectBlock
  readonly copy: () => Promise<string>
  readonly copyField: (index: number) => Promise<string>
}

function GuideBlock({ block, copy, copyField }: GuideBlockProps) {
  const { t } = useTranslation('connect')
  const label = labelOf(block, t('shell'))
  if (block.kind !== 'fields') {
    return (
      <div className={classes.block}>
        <span className="small dim mono">{label}</span>
        <CodeBlock code={block.code} what={label} copyText={copy} />
      </div>
    )
  }
  return (
    <div className={classes.block}>
      <span className="small dim">{label}</span>
      <Table className={classes.fields} layout="fixed">
        <Table.Tbody>
          {block.fields.map(([name, value], index) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td className="mono breaks">{value}</Table.Td>
              <Table.Td className={classes.copyCell}>
                <CopyButton text={() => copyField(index)} what={name} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function labelOf(block: ConnectBlock, shell: string): string {
  switch (block.kind) {
    case 'file':
      return block.path
    case 'shell':
      return shell
    case 'code':
      return block.label
    case 'fields':
      return block.where
    default:
      return block satisfies never
  }
}

function textOf(block: ConnectBlock | undefined): string {
  return block === undefined || block.kind === 'fields' ? '' : block.code
}

function fieldOf(block: ConnectBlock | undefined, index: number): string {
  return block?.kind === 'fields' ? (block.fields[index]?.[1] ?? '') : ''
}
