import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import {
  readSettings,
  type Setting,
  type Settings,
  SettingsError,
  type SettingsFile,
  where,
} from './settings-file.ts';

/**
 * The settings of a client command. Each option can be set, in this order, by the command line, by its environment
 * variable, by the profile, by the top level of the settings file, and by its default. The key in the file is the long
 * name of the option without `--`, so every option of a client is a setting.
 */

/** The keys: all options of clients that are more than a matter of one run. */
export const settingKeys: readonly string[] = [
  ...['url', 'name', 'follow', 'downloads', 'accept', 'accept-size', 'rate', 'protocol'],
  ...['bell', 'title', 'notify', 'times'],
  ...['password-file', 'password-command', 'keep-login'],
  ...['json', 'on-error'],
];

/** Two ways to say the same: setting one unsets the other, unless the command line says it. */
const alternatives: Readonly<Record<string, string>> = {
  'password-file': 'password-command',
  'password-command': 'password-file',
};

/** What the error says, for keys that a user may expect. */
const advice: Readonly<Record<string, string>> = {
  password: 'no password belongs in this file; use "password-command" or "password-file"',
  address: 'it is called "url"',
  server: 'it is called "url"',
};

/** Reads the file, and sets each option that neither the command line nor the environment has set. */
export function applySettings(
  command: Command,
  chooseProfile: (file: SettingsFile) => string | undefined,
): SettingsFile {
  const file = readSettings(process.env);
  dropEmptyVariables(command);
  const profile = chooseProfile(file) ?? text(command.getOptionValue('profile'));
  if (profile !== undefined && !file.profiles.has(profile)) {
    throw new SettingsError(unknownProfile(profile, file));
  }
  checkKeys(file);
  apply(command, file.settings, '', 'file', file);
  const chosen = profile === undefined ? undefined : file.profiles.get(profile);
  if (chosen !== undefined) apply(command, chosen, `profiles.${profile}.`, `profile ${profile}`, file);
  return file;
}

/** An environment variable that is empty counts as not set. */
function dropEmptyVariables(command: Command): void {
  for (const option of command.options) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === 'env' && command.getOptionValue(key) === '') {
      command.setOptionValueWithSource(key, option.defaultValue, 'default');
    }
  }
}

function apply(
  command: Command,
  settings: Settings,
  prefix: string,
  source: string,
  file: SettingsFile,
): void {
  for (const [key, setting] of settings) {
    const option = optionOf(command, key);
    if (option === undefined) continue;
    const value = checkedValue(option, setting, () => where(file.path, file.text, prefix + key));
    const other = optionOf(command, alternatives[key] ?? '');
    if (isGiven(command, option) || (other !== undefined && isGiven(command, other))) continue;
    command.setOptionValueWithSource(option.attributeName(), value, source);
    if (other !== undefined) command.setOptionValueWithSource(other.attributeName(), undefined, source);
  }
}

/** Whether the command line or the environment has set the option. */
function isGiven(command: Command, option: Option): boolean {
  return ['cli', 'env'].includes(command.getOptionValueSource(option.attributeName()) ?? '');
}

/** Returns the option that `key` sets: `--bell` and `--no-bell` are both `bell`. */
function optionOf(command: Command, key: string): Option | undefined {
  return command.options.find(({ long }) => long === `--${key}` || long === `--no-${key}`);
}

/** Checks a value as the option checks its argument on the command line, and returns what the option would be. */
function checkedValue(option: Option, setting: Setting, place: () => string): unknown {
  if (typeof setting === 'boolean') {
    if (option.isBoolean() || option.negate) return setting;
    const answer = setting ? 'yes' : 'no';
    if (option.argChoices?.includes(answer) === true) return answer;
    throw new SettingsError(`${place()} must be ${option.flags.replace(/^.* /, '')}, and not ${setting}`);
  }
  if (option.isBoolean() || option.negate) throw new SettingsError(`${place()} must be true or false`);
  const given = pathOf(option, typeof setting === 'object' ? setting.join(',') : String(setting));
  try {
    return option.parseArg === undefined ? given : option.parseArg(given, undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new SettingsError(`${place()} is invalid. ${error.message}`);
  }
}

/** Expands `~/` in the path of a file or folder, as a shell does on the command line. */
function pathOf(option: Option, value: string): string {
  const isPath = /<(?:file|folder)>$/.test(option.flags);
  return isPath && value.startsWith('~/') ? join(homedir(), value.slice(2)) : value;
}

/** Throws when a key is an option of no client: it may be a typing error. */
function checkKeys(file: SettingsFile): void {
  for (const [key, path] of keysOf(file)) {
    if (settingKeys.includes(key)) continue;
    const place = where(file.path, file.text, path);
    throw new SettingsError(
      `${place} is no setting; ${advice[key] ?? `settings are ${settingKeys.join(', ')}`}`,
    );
  }
}

function* keysOf(file: SettingsFile): Iterable<readonly [string, string]> {
  for (const key of file.settings.keys()) yield [key, key];
  for (const [name, settings] of file.profiles) {
    for (const key of settings.keys()) yield [key, `profiles.${name}.${key}`];
  }
}

function unknownProfile(profile: string, { path, profiles }: SettingsFile): string {
  const known = [...profiles.keys()];
  const those = known.length === 0 ? 'it has no profiles' : `it has ${known.join(', ')}`;
  return `there is no profile "${profile}" in ${path}; ${those}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
