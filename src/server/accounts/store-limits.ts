import type { Limits } from '../../protocol/limits.ts';
import type { StoreLimits } from './account-store.ts';

const dayMs = 24 * 60 * 60 * 1000;

export function storeLimits(limits: Limits): StoreLimits {
  return {
    tokensPerAccount: limits.tokensPerAccount,
    tokenIdleMs: limits.tokenIdleDays * dayMs,
    tokenTouchMs: limits.tokenTouchMs,
    endedFollowsKept: limits.endedFollowsKept,
  };
}
