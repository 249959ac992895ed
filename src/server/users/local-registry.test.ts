import { describe } from 'node:test';
import { testRegistryContract } from '../../../tests/contract/registry.ts';
import { LocalRegistry } from './local-registry.ts';

describe('LocalRegistry', () => {
  testRegistryContract((accounts) => new LocalRegistry({ isAccount: (name) => accounts.has(name) }));
});
