import assert from 'node:assert/strict';
import { pino } from 'pino';
import { defaultLimits } from '../../src/protocol/limits.ts';
import type { Accounts } from '../../src/server/accounts/accounts.ts';
import { Hub } from '../../src/server/hub/hub.ts';
import type { ChatUser, UserDevice } from '../../src/server/users/chat-user.ts';
import { LocalRegistry } from '../../src/server/users/local-registry.ts';
import { UserRates } from '../../src/server/users/user-rates.ts';
import { Users } from '../../src/server/users/users.ts';
import { FakeClock } from './fake-clock.ts';
import { LateAccounts } from './late-accounts.ts';

/** Users over a hub, a registry, and accounts whose disk answers when the test says so. */
export class UsersScene {
  readonly clock = new FakeClock();
  readonly disk = new LateAccounts();
  readonly registry = new LocalRegistry(this.disk);
  readonly gone: string[] = [];
  readonly users: Users;

  constructor(own: { readonly guestPlacesPerAddress?: number; readonly guestPlaces?: number } = {}) {
    const { clock, registry } = this;
    const limits = { ...defaultLimits, ...own };
    this.users = new Users({
      ...{ registry, clock, limits },
      hub: new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail }),
      accounts: this.disk as unknown as Accounts,
      userRates: new UserRates(clock, limits, 0),
      defaultFollow: ['apple'],
      onGuestGone: ({ name }) => void this.gone.push(name),
    });
  }

  async guest(name: string, address?: string, isLoopback = false): Promise<ChatUser> {
    const guest = (await this.users.registerGuest(name)) ?? assert.fail(`${name} is taken`);
    if (address !== undefined) this.comeAndGo(guest, address, isLoopback);
    return guest;
  }

  /** A device from `address` comes and breaks. */
  comeAndGo(user: ChatUser, address: string, isLoopback = false): void {
    const device = { address, isLoopback } as UserDevice;
    user.addDevice(device);
    user.removeDevice(device);
  }

  async isFree(name: string): Promise<boolean> {
    return (await this.registry.find(name)).kind === 'nobody';
  }

  async free(...names: readonly string[]): Promise<string[]> {
    const free = [];
    for (const name of names) if (await this.isFree(name)) free.push(name);
    return free;
  }
}
