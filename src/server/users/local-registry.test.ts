import { describe } from 'node:test';
import { testRegistryContract } from '../../../tests/contract/registry.ts';
import { LocalRegistry } from './local-registry.ts';

describe('LocalRegistry', () => {
  testRegistryContract((accounts) => {
    const accountsLike = (name: string) =>
      [...accounts].filter((one) => one.toLowerCase() === name.toLowerCase());
    return new LocalRegistry({ isAccount: (name) => accounts.has(name), accountsLike });
  });
});
