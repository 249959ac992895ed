/**
 * What a person does at a terminal, decoded from what the terminal sends.
 *
 *     "hé"                  text 'hé'
 *     "\x01"                key 'ctrl-a'
 *     "\x1b[1;5D"           key 'ctrl-left'
 *     "\x1b" then nothing   key 'escape'
 *     "\x1b[200~a\rb\x1b[201~"   paste 'a\rb'
 *     "\x1b[I"              the window got the focus
 *
 * The name of a key has its modifiers in the order `ctrl-`, `alt-`, `shift-`. Sequences that nobody knows are dropped.
 */
export type Key =
  /** Characters to insert, without control characters. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'key'; readonly name: string }
  /** A bracketed paste, as it came. `isCut`: it had more than `maxPasteUnits`, and only so many are here. */
  | { readonly kind: 'paste'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'focus'; readonly isFocused: boolean };

/** The longest paste, in UTF-16 units. */
export const maxPasteUnits = 16 * 1024 * 1024;

const esc = '\x1b';
const pasteEnd = '\x1b[201~';
/** A sequence is longer than any that a terminal sends: it is none. */
const maxSequence = 64;

const sequence = /^\x1b(\x1b?)(?:\[(\[.|[0-?]*[ -/]*[@-Z\\-~])|O([0-9]?[ -~]))/;
const begunSequence = /^\x1b\x1b?(?:|\[(?:\[|[0-?]*[ -/]*)|O[0-9]?)$/;
const letters: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  M: 'enter',
  Z: 'shift-tab',
  a: 'shift-up',
  b: 'shift-down',
  c: 'shift-right',
  d: 'shift-left',
};
const numbers: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
};
const controls: Readonly<Record<string, string>> = {
  '\0': 'ctrl-space',
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'enter',
  '\r': 'enter',
  '\x1c': 'ctrl-\\',
  '\x1d': 'ctrl-]',
  '\x1e': 'ctrl-^',
  '\x1f': 'ctrl-_',
  '\x7f': 'backspace',
};

/** Decodes keys from text that comes in pieces, which may end anywhere. */
export class KeyDecoder {
  #rest = '';
  #isAfterReturn = false;
  /** The pieces of the paste that has begun. */
  #paste: string[] | undefined;
  #pasteUnits = 0;

  /** What the next piece is awaited for: `flush` when it does not come for a while. */
  get waitsFor(): 'sequence' | 'paste' | undefined {
    if (this.#paste !== undefined) return 'paste';
    return this.#rest === '' ? undefined : 'sequence';
  }

  feed(text: string): Key[] {
    this.#rest += text;
    const keys: Key[] = [];
    while (this.#rest !== '') {
      const key = this.#paste === undefined ? this.#next() : this.#pasted();
      if (key === 'unfinished') break;
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }

  /** Nothing came for a while: an unfinished sequence is the Escape key and what was typed after it. */
  flush(): Key[] {
    if (this.#paste !== undefined) return [this.#endOfPaste(this.#rest)];
    const rest = this.#rest;
    this.#rest = '';
    if (!rest.startsWith(esc)) return [];
    return [{ kind: 'key', name: 'escape' }, ...this.feed(rest.slice(1)), ...this.flush()];
  }

  #next(): Key | 'unfinished' | undefined {
    const text = this.#rest;
    const isAfterReturn = this.#isAfterReturn;
    this.#isAfterReturn = false;
    if (text.startsWith(esc)) return this.#escaped(text);
    const [plain = ''] = /^[^\x00-\x1f\x7f]*/.exec(text) ?? [];
    if (plain !== '') {
      this.#rest = text.slice(plain.length);
      const shown = plain.replaceAll(/[\x80-\x9f]/g, '');
      return shown === '' ? undefined : { kind: 'text', text: shown };
    }
    this.#rest = text.slice(1);
    // A line end of two characters is one Enter.
    if (text.startsWith('\n') && isAfterReturn) return undefined;
    this.#isAfterReturn = text.startsWith('\r');
    return { kind: 'key', name: controlName(text.charAt(0)) };
  }

  #escaped(text: string): Key | 'unfinished' | undefined {
    const found = sequence.exec(text.slice(0, maxSequence));
    if (found !== null) {
      this.#rest = text.slice(found[0].length);
      const [, alt, afterBracket, afterO] = found;
      if (afterBracket === '200~') {
        this.#paste = [];
        return undefined;
      }
      return sequenceKey(afterBracket, afterO, alt !== '');
    }
    if (text.length < maxSequence && begunSequence.test(text)) return 'unfinished';
    const second = String.fromCodePoint(text.codePointAt(1) ?? 0);
    if (second === esc || text.startsWith('\x1b[') || text.startsWith('\x1bO')) {
      this.#rest = text.slice(second === esc ? 1 : 2);
      return { kind: 'key', name: second === esc ? 'escape' : `alt-${second}` };
    }
    this.#rest = text.slice(1 + second.length);
    const isControl = second <= '\x1f' || second === '\x7f';
    return withModifiers(isControl ? controlName(second) : second, { alt: true });
  }

  #pasted(): Key | 'unfinished' | undefined {
    const end = this.#rest.indexOf(pasteEnd);
    if (end >= 0) {
      const rest = this.#rest.slice(end + pasteEnd.length);
      const key = this.#endOfPaste(this.#rest.slice(0, end));
      this.#rest = rest;
      return key;
    }
    // The end of the paste may have come in part.
    const from = this.#rest.lastIndexOf(esc);
    const isBegun = from >= 0 && pasteEnd.startsWith(this.#rest.slice(from));
    this.#keep(isBegun ? this.#rest.slice(0, from) : this.#rest);
    this.#rest = isBegun ? this.#rest.slice(from) : '';
    return 'unfinished';
  }

  #keep(text: string): void {
    if (this.#pasteUnits < maxPasteUnits) this.#paste?.push(text.slice(0, maxPasteUnits - this.#pasteUnits));
    this.#pasteUnits += text.length;
  }

  #endOfPaste(last: string): Key {
    this.#keep(last);
    const key = {
      kind: 'paste',
      text: this.#paste?.join('') ?? '',
      isCut: this.#pasteUnits > maxPasteUnits,
    } as const;
    this.#paste = undefined;
    this.#pasteUnits = 0;
    this.#rest = '';
    return key;
  }
}

interface Modifiers {
  readonly shift?: boolean;
  readonly alt?: boolean;
  readonly ctrl?: boolean;
}

function sequenceKey(bracket: string | undefined, o: string | undefined, alt: boolean): Key | undefined {
  const found = bracket ?? o ?? '';
  if (bracket === 'I' || bracket === 'O') return { kind: 'focus', isFocused: bracket === 'I' };
  const [, parameters = '', last = ''] = /^([0-9;:]*)(.)$/s.exec(found) ?? [];
  const [first = '', second = '', third = ''] = parameters.split(';').map((part) => part.split(':')[0]);
  // "ESC O 5 A" has only the modifier in front, "ESC [ 27 ; 5 ; 13 ~" the key last.
  const modifiers = modifiersOf(bracket === undefined ? first : second, alt);
  const code = last === 'u' ? first : last === '~' && first === '27' ? third : undefined;
  if (code !== undefined) return withModifiers(nameOfCode(Number(code)), modifiers);
  return withModifiers(last === '~' || last === '$' || last === '^' ? numbers[first] : letters[last], {
    ...modifiers,
    ...(last === '^' ? { ctrl: true } : {}),
  });
}

function modifiersOf(number: string, alt: boolean): Modifiers {
  const bits = Math.max(0, Number(number) - 1);
  return { shift: (bits & 1) !== 0, alt: alt || (bits & 10) !== 0, ctrl: (bits & 4) !== 0 };
}

/** The name of a key that a terminal reports by its character's code. */
function nameOfCode(code: number): string | undefined {
  if (code === 27) return 'escape';
  if (!(code > 0 && code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return controls[character] ?? character;
}

function withModifiers(name: string | undefined, { ctrl, alt, shift }: Modifiers): Key | undefined {
  if (name === undefined) return undefined;
  const [, wasCtrl, wasShift, base = ''] = /^(ctrl-)?(shift-)?(.+)$/s.exec(name) ?? [];
  const isCtrl = ctrl === true || wasCtrl !== undefined;
  const isShift = shift === true || wasShift !== undefined;
  // A character is in upper case already.
  const shifted = isShift && base.length > 1 ? 'shift-' : '';
  return {
    kind: 'key',
    name: `${isCtrl ? 'ctrl-' : ''}${alt === true ? 'alt-' : ''}${shifted}${base}`,
  };
}

function controlName(character: string): string {
  const code = character.charCodeAt(0);
  return controls[character] ?? `ctrl-${String.fromCharCode(code + 'a'.charCodeAt(0) - 1)}`;
}
