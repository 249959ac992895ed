import { testLog } from '../contract/log.ts';
import { MemoryLog, MemoryStore } from './memory-log.ts';

testLog('MemoryLog', async () => {
  const store = new MemoryStore();
  return async (observer) => new MemoryLog(observer, store);
});
