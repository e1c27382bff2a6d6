/** Whether a key goes into a text field, a menu or a dialog: then it's no shortcut of the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event
  if (!(target instanceof Element)) return false
  return target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]') !== null
}
