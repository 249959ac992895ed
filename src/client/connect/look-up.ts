import type { Address, NameStatus } from '../client.ts';
import { ConnectError } from '../errors.ts';
import type { Host } from '../host.ts';
import { nameProblem } from '../sendable.ts';
import { askOnce, type LookUpOptions } from './ask-once.ts';

/** Implements the library's `lookUp` for any host. */
export async function lookUpOn(
  host: Pick<Host, 'dial'>,
  address: Address,
  name: string,
  options: LookUpOptions,
): Promise<NameStatus> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new ConnectError('invalid', problem);
  const { status, online } = await askOnce(host, address, { kind: 'name', name }, { ...options, name });
  return { status, isOnline: online };
}

/** Implements the library's `online` for any host. */
export async function onlineOn(
  host: Pick<Host, 'dial'>,
  address: Address,
  options: LookUpOptions,
): Promise<readonly string[]> {
  return (await askOnce(host, address, { kind: 'list' }, { ...options, name: 'earshot' })).names;
}
