/** Modes that are on in a terminal that nobody changed: wrapping, and that the cursor is shown. */
const onAtFirst = new Set(['?7', '?25']);

const sequence =
  /\x1b\[(?<marks>[<>=?]?)(?<numbers>[\d;]*)(?<final>[A-Za-z])|\x1b\](?<string>[^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b(?<other>[()=>][0-9AB]?)/g;

/**
 * Returns what the bytes `raw` have changed in a terminal and not changed back, in words: private and other modes (a
 * paste's marks, reports of the focus and of the mouse, the other screen, the cursor), the stacks of titles and of
 * keyboard modes, scroll regions, character sets, colours and styles, a link that is open.
 */
export function changedModes(raw: string): string[] {
  const changed = new Map<string, string>();
  const note = (what: string, isChanged: boolean, how = what): void => {
    if (isChanged) changed.set(what, how);
    else changed.delete(what);
  };
  const depths = { title: 0, keyboard: 0 };
  const styles = new Set<string>();
  for (const { groups = {} } of raw.matchAll(sequence)) {
    const { marks = '', numbers = '', final, string, other } = groups;
    if (string !== undefined) {
      const link = /^8;[^;]*;(.*)$/s.exec(string)?.[1];
      if (link !== undefined) note('a link', link !== '');
      // A title that was not saved before cannot be restored.
      else if (/^[012];/.test(string)) note('the title', depths.title === 0);
    } else if (other === '=' || other === '>') note('the keypad', other === '=');
    else if (other !== undefined) note(`ESC ${other[0]}`, !other.endsWith('B'));
    else if (final === 'h' || final === 'l') {
      for (const number of numbers.split(';')) {
        const mode = `${marks}${number}`;
        note(mode, (final === 'h') !== onAtFirst.has(mode), `${mode}${final}`);
      }
    } else if (final === 't' && /^2[23]/.test(numbers)) {
      depths.title += numbers.startsWith('22') ? 1 : -1;
      note('the stack of titles', depths.title !== 0);
    } else if (final === 'u' && marks !== '') {
      if (marks !== '=') depths.keyboard += marks === '>' ? 1 : -1;
      note('the keyboard', depths.keyboard !== 0 || marks === '=');
    } else if (final === 'r' && marks === '') note('the scroll region', numbers !== '');
    else if (final === 'm' && marks === '') {
      for (const code of (numbers || '0').split(';')) noteStyle(styles, Number(code));
      note('the style', styles.size > 0, [...styles].join());
    } else if (final === 'm') note('the keys', !/^\d*$/.test(numbers));
  }
  return [...changed.values()];
}

function noteStyle(styles: Set<string>, code: number): void {
  if (code === 0) styles.clear();
  else if (code === 22) for (const style of ['1', '2']) styles.delete(style);
  else if (code > 22 && code < 30) styles.delete(String(code - 20));
  else if (code === 39) styles.delete('colour');
  else if (code === 49) styles.delete('background');
  else if ((code >= 30 && code < 38) || code >= 90) styles.add('colour');
  else if (code >= 40 && code < 48) styles.add('background');
  else styles.add(String(code));
}
