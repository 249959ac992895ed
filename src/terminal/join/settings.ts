/** What `!set` switches, and its value at first. */
const defaults = {
  /** The terminal rings when somebody calls. */
  bell: true,
  /** The window's title counts the calls that were not seen. */
  title: true,
  /** The desktop shows a notice. Off, as it shows others' words on a screen that may be locked or shared. */
  notify: false,
};

export type Setting = keyof typeof defaults;

const what: Readonly<Record<Setting, string>> = {
  bell: 'ring when your name is mentioned or a private message comes',
  title: "count such messages in the window's title",
  notify: 'show such messages as notices of the desktop',
};

/** The switches of this session. */
export class Settings {
  readonly #values: Record<Setting, boolean> = { ...defaults };

  isOn(setting: Setting): boolean {
    return this.#values[setting];
  }

  /** Returns false when there is no such setting. */
  set(name: string, isOn: boolean): boolean {
    if (!isSetting(name)) return false;
    this.#values[name] = isOn;
    return true;
  }

  /** A line for each setting. */
  list(): string[] {
    return Object.entries(this.#values).map(([name, isOn]) => {
      const meaning = isSetting(name) ? what[name] : '';
      return `${name.padEnd(8)}${(isOn ? 'on' : 'off').padEnd(5)}${meaning}`;
    });
  }
}

function isSetting(name: string): name is Setting {
  return Object.hasOwn(defaults, name);
}
