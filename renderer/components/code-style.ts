/** Syntax colours of CodeMirror views, readable in both schemes: the variables are in styles.css. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'

export const codeStyle = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-name)' },
    { tag: [tags.string, tags.attributeValue], color: 'var(--code-string)' },
    { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--code-value)' },
    { tag: [tags.comment], color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  ]),
)
