import { quoteShort } from '../../../protocol/text.ts';
import type { TimeForm } from '../../local-times.ts';

/** The values of the settings of a session. */
export interface SettingValues {
  /** The terminal rings when somebody calls. */
  readonly bell: boolean;
  /** The window's title counts the calls that were not seen. */
  readonly title: boolean;
  /** The desktop shows a notice. Off at first, as it shows others' words on a screen that may be locked or shared. */
  readonly notify: boolean;
  readonly times: TimeForm;
}

export const firstSettings: SettingValues = { bell: true, title: true, notify: false, times: 'short' };

/** Each setting, with the values that a user may type. */
const table: Readonly<Record<keyof SettingValues, readonly [what: string, values: readonly string[]]>> = {
  bell: ['ring when your name is mentioned or a private message comes', ['on', 'off']],
  title: ["count such messages in the window's title", ['on', 'off']],
  notify: ['show such messages as notices of the desktop', ['on', 'off']],
  times: [
    'the time of lines: short (14:03), long (with the date) or off',
    ['short', 'long', 'off'] satisfies readonly TimeForm[],
  ],
};

/** What `!set` lists and changes; it lasts as long as the session. */
export class Settings {
  #values: SettingValues;

  /** `first`: the values at the start, where they are not the usual ones. */
  constructor(first: Partial<SettingValues> = {}) {
    this.#values = { ...firstSettings, ...first };
  }

  get values(): SettingValues {
    return this.#values;
  }

  /** Returns the problem, for people, when there is no such setting or it has no such value. */
  set(name: string, value: string): string | undefined {
    if (!isSetting(name)) return `There is no setting ${quoteShort(name)}; !set lists them.`;
    const [, values] = table[name];
    if (!values.includes(value)) {
      const last = values.at(-1);
      return `!set ${name} takes ${values.slice(0, -1).join(', ')} or ${last}, such as: !set ${name} ${last}`;
    }
    this.#values = { ...this.#values, [name]: name === 'times' ? value : value === 'on' };
    return undefined;
  }

  /** A line for each setting. */
  list(): string[] {
    return Object.entries(table).map(([name, [what]]) => {
      return `${name.padEnd(8)}${isSetting(name) ? this.#shown(name).padEnd(7) : ''}${what}`;
    });
  }

  #shown(name: keyof SettingValues): string {
    const value = this.#values[name];
    return typeof value === 'string' ? value : value ? 'on' : 'off';
  }
}

/** The values that complete `!set NAME`; the names, for an empty NAME. */
export function settingWords(name: string): readonly string[] {
  if (name === '') return Object.keys(table);
  return isSetting(name) ? table[name][1] : [];
}

function isSetting(name: string): name is keyof SettingValues {
  return Object.hasOwn(table, name);
}
