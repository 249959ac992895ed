import { keptToken } from '../../client-node/kept-token.ts';
import { exitCodes } from '../../exit-codes.ts';
import { quoteShort } from '../../protocol/text.ts';
import { formatChatAddress } from '../../transport/address.ts';
import { readServerAddress } from '../dial.ts';
import { type Report, refused } from '../report.ts';
import { runFace } from '../run-face.ts';

export interface LogoutOptions {
  readonly name: string;
  readonly address: string;
}

/**
 * `earshot logout`: forgets the kept login. It asks no server, which may be away, so the token stays good there until it is
 * unused for long enough, or somebody revokes it. Resolves with the exit code; never rejects.
 */
export function logout({ name, address: text }: LogoutOptions): Promise<number> {
  return runFace(async (clock): Promise<Report> => {
    const address = readServerAddress({ address: text });
    if ('code' in address) return address;
    const where = formatChatAddress(address);
    const kept = await keptToken(address, name, clock);
    if (kept.token === undefined) {
      return {
        code: exitCodes.noUser,
        problem: `no login of ${quoteShort(name)} at ${where} is kept on this machine`,
      };
    }
    const problem = await kept.forget();
    if (problem !== undefined) return refused(`the login cannot be forgotten: ${problem}`);
    return {
      code: exitCodes.ok,
      notice:
        `The login of ${name} at ${where} is forgotten on this machine. The server ends it after 30 days without ` +
        `use. To end it now, use !devices in earshot join; whoever runs the server can, too: earshot tokens ${name}`,
    };
  });
}
