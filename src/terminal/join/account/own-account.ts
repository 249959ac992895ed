import type { Client } from '../../../client/client.ts';
import { RefusedError } from '../../../client/errors.ts';
import { counted } from '../../lines.ts';
import type { Screen } from '../../screen.ts';
import type { Timeline } from '../../timeline.ts';
import { type Claimant, choose, needsTerminal, nowChat } from './claim.ts';
import type { AskHidden } from './hidden-lines.ts';

/**
 * `!password` of an account: asks for the old password and a new one, as `claim` does. Resolves with whether it is
 * changed.
 */
export async function changePassword({ client, screen, hiddenLines }: Claimant): Promise<boolean> {
  if (hiddenLines === undefined) {
    screen.problem(needsTerminal);
    return false;
  }
  screen.notice(
    `A new password for ${client.name} ends all other logins, also those that are kept. An empty line cancels.`,
  );
  const asked = await hiddenLines.ask((ask) => askBoth(client.name, ask, screen));
  if ('problem' in asked) {
    screen.problem(`${asked.problem}; nothing is changed. ${nowChat}`);
    return false;
  }
  try {
    await client.changePassword(asked.old, asked.password);
    screen.notice(`The password of ${client.name} is changed; all other logins have ended.`);
    return true;
  } catch (error) {
    const isWrong = error instanceof RefusedError && error.code === 403;
    screen.problem(
      `${isWrong ? `That was not the password of ${client.name}; nothing` : 'Nothing'} is changed. ${nowChat}`,
    );
    if (isWrong) return false;
    throw error;
  }
}

async function askBoth(
  name: string,
  ask: AskHidden,
  screen: Screen,
): Promise<{ readonly old: string; readonly password: string } | { readonly problem: string }> {
  const old = await ask(`Present password for ${name}: `);
  if (old === undefined || old === '') return { problem: 'No password' };
  const password = await choose(name, ask, screen);
  return typeof password === 'object' ? password : { old, password };
}

interface Owner {
  readonly client: Client;
  readonly screen: Screen;
  readonly timeline: Timeline;
}

/** `!devices`: the logins that the server remembers. */
export async function showDevices({ client, screen, timeline }: Owner): Promise<true> {
  const devices = await client.devices();
  const width = Math.max(...devices.map(({ id }) => String(id).length));
  for (const { id, label, usedMs, madeMs, isThis } of devices) {
    const times = `last used ${timeline.momentOf(usedMs)}, made ${timeline.momentOf(madeMs)}`;
    screen.show(`${String(id).padStart(width)}  ${label}  ${times}${isThis ? '  (this one)' : ''}`);
  }
  screen.notice(
    devices.length === 0
      ? 'The server remembers no login.'
      : `${counted(devices.length, 'login')}; !devices revoke N ends one of them.`,
  );
  return true;
}

/** `!devices revoke N`. */
export async function revokeDevice({ client, screen }: Owner, id: number): Promise<true> {
  await client.revokeDevice(id);
  screen.notice(`Login ${id} is revoked; its sessions have ended.`);
  return true;
}
