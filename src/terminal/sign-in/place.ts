import { join } from 'node:path';
import type { ConnectOptions } from '../../client/client.ts';
import { defaultStateFolder } from '../../client-node/state-file.ts';
import { quoteShort } from '../../protocol/text.ts';
import { type Report, usage } from '../report.ts';

/**
 * Returns where `join` keeps how far an account has read. A person at a terminal has one place for all terminals. A
 * script has none, because it would take the messages that the person has missed, unless it names one of its own.
 */
export function placeOptions(name: string | undefined): Pick<ConnectOptions, 'stateFolder'> | Report {
  if (name === undefined) return process.stdin.isTTY ? {} : { stateFolder: false };
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name)) {
    return usage(`${quoteShort(name)} cannot be the --state: letters, digits, _ . - and at most 64 of them`);
  }
  return { stateFolder: join(defaultStateFolder(process.env), 'named', name) };
}
