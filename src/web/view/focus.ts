/** Whether something has the focus that was reached by the keyboard: only then its loss is one. */
export function hasKeyboard(): boolean {
  const at = document.activeElement;
  return at !== null && at !== document.body && at.matches(':focus-visible');
}
