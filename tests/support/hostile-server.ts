import { fileNameProblem } from '../../src/protocol/file-names.ts';
import { termProblem } from '../../src/protocol/terms.ts';
import { hasControlCharacter } from '../../src/protocol/text.ts';
import { hostileTexts } from './hostile-texts.ts';
import type { Script, StandInPeer } from './stand-in-chat11.ts';

/** What a server of CHAT/1.1 can say that clients take for valid, and that could harm or deceive. */

export const texts = Object.values(hostileTexts);
/** What a client of CHAT/1.1 takes for a text. */
export const sayable = texts.filter((text) => text.isWellFormed() && !hasControlCharacter(text));
export const fileNames = sayable.filter((text) => fileNameProblem(text) === undefined);
export const terms = sayable.filter((text) => termProblem(text) === undefined);
export const timeMs = Date.UTC(2026, 10, 28, 14, 3);
const sha256 = '0'.repeat(64);

/** Sends every sayable text in every field of messages and files, from position `at` on; private ones among them. */
export function tellAll({ tell }: StandInPeer, at: number, past: { readonly replay?: true } = {}): void {
  let position = at;
  for (const text of sayable) {
    tell({ kind: 'message', position: ++position, from: 'eve', timeMs, ...past, text, matched: terms });
    tell({ kind: 'message', position: ++position, from: 'eve', to: 'alice', timeMs, ...past, text });
  }
  for (const name of fileNames) {
    const file = { attachment: `f${++position}`, name, bytes: 1, sha256, ...past };
    tell({ kind: 'attachment', position, from: 'eve', timeMs, ...file, matched: terms });
    tell({ kind: 'attachment', position: ++position, from: 'eve', to: 'alice', timeMs, ...file });
  }
}

/** Answers what a client asks for with hostile texts. The name alice is `named`. */
export function hostile(named: 'free' | 'account' = 'free'): Script {
  return (request, peer) => {
    switch (request.kind) {
      case 'name':
        peer.answer({ kind: 'name', status: named, online: false });
        return false;
      case 'follows':
        peer.answer({ kind: 'follows', terms: ['@all', ...terms] });
        return false;
      case 'history':
        tellAll(peer, 0, { replay: true });
        peer.answer({ kind: 'history' });
        return false;
      case 'follow':
      case 'send':
      case 'sendto':
      case 'broadcast':
        peer.say(`409 ${sayable.join(' ')}\n\n`);
        return false;
      default:
        return true;
    }
  };
}
