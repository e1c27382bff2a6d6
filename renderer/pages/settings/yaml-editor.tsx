/**
 * The config as text in CodeMirror: colours, line numbers, search, completion from the schema, problems at their place,
 * secrets masked. Load it lazily: it brings CodeMirror.
 */
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentService, indentUnit, type IndentContext } from '@codemirror/language'
import { forceLinting, linter, lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint'
import { search, searchKeymap } from '@codemirror/search'
import { Annotation, Compartment, EditorState, type Text, type TransactionSpec } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { ConfigDiagnostic } from '../../../proxy/contract.ts'
import { codeStyle } from '../../components/code-style.ts'
import { secretMask } from '../../components/secret-mask.ts'
import { completeSettings, type CompletionWords } from './complete-settings.ts'
import classes from './yaml-editor.module.css'

export interface YamlEditorHandle {
  /** Puts cursor and focus there; 1-based. */
  readonly jumpTo: (line: number, column: number) => void
}

export interface YamlEditorProps {
  readonly ref?: Ref<YamlEditorHandle>
  readonly label: string
  /** With any line ends; kept as they are. */
  readonly value: string
  readonly onChange: (value: string) => void
  /** Asked a moment after each change. */
  readonly check: (text: string) => Promise<readonly ConfigDiagnostic[]>
  /** The sentence of a problem. */
  readonly diagnosticText: (diagnostic: ConfigDiagnostic) => string
  /** What the newest check found. */
  readonly onChecked: (diagnostics: readonly ConfigDiagnostic[]) => void
  readonly revealed: boolean
  readonly readOnly: boolean
  /** Line to begin at, 1-based. */
  readonly line: number | null
  readonly words: CompletionWords
  /** CodeMirror's own words in the user's language. */
  readonly phrases: Readonly<Record<string, string>>
}

const checkDelayMs = 350

export function YamlEditor(props: YamlEditorProps) {
  const { ref, label, value, revealed, readOnly, line, words, phrases } = props
  const dark = useComputedColorScheme('light') === 'dark'
  const parent = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView | null>(null)
  const parts = useRef<Parts>(null)
  parts.current ??= makeParts()
  // CodeMirror keeps its functions for as long as it lives: they look up the newest props.
  const latest = useRef(props)

  useEffect(() => {
    latest.current = props
  })

  useEffect(() => {
    if (parent.current === null || parts.current === null) return undefined
    const view = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current.value.replaceAll('\r\n', '\n'),
        extensions: extensions(parts.current, () => latest.current),
      }),
    })
    editor.current = view
    return () => {
      editor.current = null
      view.destroy()
    }
  }, [])

  useEffect(() => {
    const view = editor.current
    if (view === null) return
    const change = replacement(view.state.doc, value.replaceAll('\r\n', '\n'))
    if (change !== null) view.dispatch(change)
  }, [value])

  useEffect(() => {
    const { look, mask } = parts.current ?? makeParts()
    editor.current?.dispatch({
      effects: [
        mask.reconfigure(revealed ? [] : secretMask()),
        look.reconfigure([
          EditorView.darkTheme.of(dark),
          EditorState.readOnly.of(readOnly),
          EditorState.phrases.of(phrases),
          // Focusable as it is; axe wants to see it said.
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        ]),
      ],
    })
  }, [revealed, dark, readOnly, phrases, label])

  useEffect(() => {
    if (editor.current !== null) forceLinting(editor.current)
  }, [words.language])

  useEffect(() => {
    if (line !== null) jump(editor.current, line, 1)
  }, [line])

  useImperativeHandle(ref, () => ({ jumpTo: (at, column) => jump(editor.current, at, column) }), [])

  return <div className={classes.editor} ref={parent} />
}

interface Parts {
  /** What follows theme and language. */
  readonly look: Compartment
  readonly mask: Compartment
}

function makeParts(): Parts {
  return { look: new Compartment(), mask: new Compartment() }
}

function extensions({ look, mask }: Parts, latest: () => YamlEditorProps) {
  return [
    lineNumbers(),
    lintGutter(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    history(),
    drawSelection(),
    yaml(),
    indentUnit.of('  '),
    indentService.of(indentOfNext),
    bracketMatching(),
    closeBrackets(),
    codeStyle,
    autocompletion({ override: [completeSettings(() => latest().words)], icons: false }),
    search({ top: true }),
    linter((view) => findProblems(view, latest), { delay: checkDelayMs }),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...lintKeymap,
      // Escape, then Tab leaves the editor: CodeMirror's own way out.
      indentWithTab,
      ...defaultKeymap,
    ]),
    EditorView.lineWrapping,
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || update.transactions.every((made) => made.annotation(fromOutside) === true)) return
      const { value, onChange } = latest()
      const text = update.state.doc.toString()
      onChange(value.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text)
    }),
    mask.of([]),
    look.of([]),
  ]
}

/** Of a new line: as the one before, deeper below a name, a list's dash or an open bracket. Undefined: as CodeMirror thinks. */
function indentOfNext(context: IndentContext, pos: number): number | undefined {
  if (context.simulatedBreak !== pos) return undefined
  const { text } = context.lineAt(pos, -1)
  const [, indent = '', dash = '', rest = ''] = /^( *)((?:- +)*)(.*)$/.exec(text) ?? []
  const opens = /[:[{]\s*(#.*)?$/.test(rest)
  return indent.length + dash.length + (opens ? 2 : 0)
}

async function findProblems(view: EditorView, latest: () => YamlEditorProps): Promise<readonly Diagnostic[]> {
  const { check, diagnosticText, onChecked } = latest()
  const { doc } = view.state
  let found: readonly ConfigDiagnostic[]
  try {
    found = await check(doc.toString())
  } catch {
    // No connection: the banner says so, and what was found before stays in the list.
    return []
  }
  // Another text by now: its own check is on the way.
  if (view.state.doc !== doc) return []
  onChecked(found)
  return found.map((diagnostic) => ({
    ...placeIn(doc, diagnostic),
    severity: diagnostic.severity,
    message: diagnosticText(diagnostic),
  }))
}

/** From its column to the end of what is written there. */
function placeIn(
  doc: Text,
  { line, column }: Pick<ConfigDiagnostic, 'line' | 'column'>,
): { readonly from: number; readonly to: number } {
  const at = doc.line(Math.min(Math.max(1, line ?? 1), doc.lines))
  const from = Math.min(at.to, at.from + Math.max(0, (column ?? 1) - 1))
  return { from, to: Math.max(from, at.from + at.text.trimEnd().length) }
}

function jump(view: EditorView | null, line: number, column: number): void {
  if (view === null) return
  const { from } = placeIn(view.state.doc, { line, column })
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
  view.focus()
}

/** Not the user's doing: nothing to tell `onChange` of. */
const fromOutside = Annotation.define<true>()

/** Only the part that differs, so that the cursor stays where it was; null when nothing does. */
function replacement(doc: Text, next: string): TransactionSpec | null {
  const text = doc.toString()
  if (text === next) return null
  const shorter = Math.min(text.length, next.length)
  let start = 0
  while (start < shorter && text[start] === next[start]) start += 1
  let tail = 0
  while (tail < shorter - start && text[text.length - 1 - tail] === next[next.length - 1 - tail]) tail += 1
  return {
    annotations: fromOutside.of(true),
    changes: { from: start, to: text.length - tail, insert: next.slice(start, next.length - tail) },
  }
}
