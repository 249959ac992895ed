import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { errorCode, systemProblem } from '../client/system-error.ts';

/** A value of the settings file. */
export type Setting = string | number | boolean | readonly string[];

/** Settings by the long name of the option that they set, without `--`. */
export type Settings = ReadonlyMap<string, Setting>;

export interface SettingsFile {
  readonly path: string;
  /** The whole text, in which `lineOf` finds a key. */
  readonly text: string;
  readonly settings: Settings;
  readonly profiles: ReadonlyMap<string, Settings>;
}

/** The settings file cannot be used. The message is for people, and names the file and the key. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The rule for the name of a profile: it cannot be mistaken for an address or an option. */
const profileName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Returns `$XDG_CONFIG_HOME/earshot/config.json`, or `~/.config/earshot/config.json`. */
export function settingsPath(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_CONFIG_HOME;
  // The XDG base directory specification says to ignore relative paths.
  const folder = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.config');
  return join(folder, 'earshot', 'config.json');
}

/** Reads the settings file; returns an empty one when there is none. Throws `SettingsError` when it cannot be used. */
export function readSettings(env: NodeJS.ProcessEnv): SettingsFile {
  const path = settingsPath(env);
  try {
    checkOwner(path);
    return parseSettings(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) {
      return { path, text: '', settings: new Map(), profiles: new Map() };
    }
    throw new SettingsError(`${path} cannot be read: ${systemProblem(error)}`);
  }
}

/** The file may name a command to run, so nobody else may write it. */
function checkOwner(path: string): void {
  const { uid, mode } = statSync(path);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own && uid !== 0) {
    throw new SettingsError(`${path} belongs to another user; make one of your own`);
  }
  if (own !== undefined && (mode & 0o002) !== 0) {
    throw new SettingsError(`${path} may be changed by others; run chmod o-w on it`);
  }
}

/** Parses the text of a settings file. Throws `SettingsError` with line or key. Does not check what the keys mean. */
export function parseSettings(text: string, path: string): SettingsFile {
  const top = recordOf(parseJson(text, path));
  if (top === undefined) throw new SettingsError(`${path} must hold one object: { "url": "chat://…" }`);
  const { profiles = {}, ...own } = top;
  const byName = recordOf(profiles);
  if (byName === undefined) {
    throw new SettingsError(`${where(path, text, 'profiles')} must be an object of profiles`);
  }
  const read = new Map<string, Settings>();
  for (const [name, profile] of Object.entries(byName)) {
    const settings = recordOf(profile);
    const place = where(path, text, `profiles.${name}`);
    if (!profileName.test(name)) {
      throw new SettingsError(`${place} is no name for a profile: letters, digits, _ . - and no : or space`);
    }
    if (settings === undefined) throw new SettingsError(`${place} must be an object of settings`);
    read.set(name, settingsOf(settings, `profiles.${name}.`, path, text));
  }
  return { path, text, settings: settingsOf(own, '', path, text), profiles: read };
}

/** Returns how an error names a key: `FILE, line 3: url`. The line is left out when it is not certain. */
export function where(path: string, text: string, key: string): string {
  const last = key.slice(key.lastIndexOf('.') + 1);
  const lines = text.split('\n').flatMap((line, at) => (line.includes(JSON.stringify(last)) ? [at + 1] : []));
  return `${path}${lines.length === 1 ? `, line ${lines[0]}` : ''}: ${key}`;
}

function settingsOf(
  record: Readonly<Record<string, unknown>>,
  prefix: string,
  path: string,
  text: string,
): Settings {
  const settings = new Map<string, Setting>();
  for (const [key, value] of Object.entries(record)) {
    const setting = settingOf(value);
    if (setting === undefined) {
      const place = where(path, text, prefix + key);
      throw new SettingsError(`${place} must be a text, a number, true, false or a list of texts`);
    }
    settings.set(key, setting);
  }
  return settings;
}

function settingOf(value: unknown): Setting | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = error instanceof SyntaxError ? error.message : String(error);
    const line = lineOfProblem(text, problem);
    throw new SettingsError(`${path}${line === undefined ? '' : `, line ${line}`} is not JSON: ${problem}`);
  }
}

/** V8 names the character, as a number from 0; no number means the end of the text. */
function lineOfProblem(text: string, problem: string): number | undefined {
  const [, digits] = /at position ([0-9]+)/.exec(problem) ?? [];
  if (digits !== undefined) return text.slice(0, Number(digits)).split('\n').length;
  return /end of JSON/.test(problem) ? text.trimEnd().split('\n').length : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Spread, because TypeScript knows no object whose keys are all unknown.
  return isRecord ? { ...value } : undefined;
}
