import type { Clock } from '../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../transport/address.ts';
import { defaultStateFolder, StateFile } from './state-file.ts';

/** The token that `keepToken` stored in the usual folder. */
export interface KeptToken {
  /** Undefined when none is kept. */
  readonly token: string | undefined;
  /** Removes it from the file, which keeps the cursor. Resolves with the reason, for people, why that failed. */
  forget(): Promise<string | undefined>;
}

/** Reads the kept token of the account `name` at `address`. */
export async function keptToken(address: ChatAddress, name: string, clock: Clock): Promise<KeptToken> {
  let problem: string | undefined;
  const account = { server: formatChatAddress(address), name };
  const file = new StateFile(defaultStateFolder(process.env), account, clock, (what) => {
    problem = what;
  });
  const kept = await file.read();
  return {
    token: typeof kept === 'object' ? kept.token : undefined,
    async forget() {
      if (typeof kept !== 'object' || kept.place === undefined) return undefined;
      void file.keep({ place: kept.place, token: undefined });
      await file.close();
      return problem;
    },
  };
}
