/**
 * CodeMirror: secrets are shown masked, jumped over by the cursor and masked in what is copied. Within the editor a
 * masked copy pastes as what it stands for, so that moving lines about loses nothing.
 */
import { StateField, type EditorState, type Extension } from '@codemirror/state'
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view'
import { findSecrets, maskedSlice, type SecretRange } from './find-secrets.ts'

interface Masks {
  readonly secrets: readonly SecretRange[]
  readonly decorations: DecorationSet
}

/** Leave it out where secrets are to be seen. */
export function secretMask(): Extension {
  // What was copied last: the clipboard has the first, a paste here gives the second.
  let copied: { readonly masked: string; readonly real: string } | null = null
  return [
    masks,
    EditorView.atomicRanges.of((view) => view.state.field(masks).decorations),
    EditorView.clipboardOutputFilter.of((text, state) => {
      const masked = maskedSelection(state)
      copied = { masked, real: text }
      return masked
    }),
    EditorView.clipboardInputFilter.of((text) => (copied !== null && text === copied.masked ? copied.real : text)),
  ]
}

const masks = StateField.define<Masks>({
  create: (state) => masksOf(state),
  update: (value, transaction) => (transaction.docChanged ? masksOf(transaction.state) : value),
  provide: (field) => EditorView.decorations.from(field, ({ decorations }) => decorations),
})

function masksOf(state: EditorState): Masks {
  const secrets = findSecrets(state.doc.toString())
  const ranges = secrets.map(({ from, to, masked }) =>
    Decoration.replace({ widget: new MaskWidget(masked) }).range(from, to),
  )
  return { secrets, decorations: Decoration.set(ranges) }
}

class MaskWidget extends WidgetType {
  readonly masked: string

  constructor(masked: string) {
    super()
    this.masked = masked
  }

  override eq(other: MaskWidget): boolean {
    return other.masked === this.masked
  }

  toDOM(): HTMLElement {
    const element = document.createElement('span')
    element.className = 'cm-secret'
    element.textContent = this.masked
    return element
  }

  override ignoreEvent(): boolean {
    return false
  }
}

/** As CodeMirror copies: the selected ranges, or with nothing selected the lines that the cursors are on. */
function maskedSelection(state: EditorState): string {
  const text = state.doc.toString()
  const { secrets } = state.field(masks)
  const selected = state.selection.ranges.filter((range) => !range.empty)
  const lines = new Map(
    state.selection.ranges.map(({ head }) => {
      const line = state.doc.lineAt(head)
      return [line.number, line]
    }),
  )
  return [...(selected.length > 0 ? selected : lines.values())]
    .map(({ from, to }) => maskedSlice(text, secrets, from, to))
    .join(state.lineBreak)
}
