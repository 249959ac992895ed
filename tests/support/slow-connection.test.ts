import { testConnectionContract } from '../contract/connection.ts';
import { SlowConnection } from './slow-connection.ts';

const capacityBytes = 64 * 1024;
const pieceBytes = 256 * 1024;

/** Carries to `to` what `from` sends, a piece at a time. Returns whether both are over. */
function carry(from: SlowConnection, to: SlowConnection): boolean {
  if (to.isDestroyed) {
    if (from.unreadBytes > 0) from.breakOff(new Error('the peer is gone'));
    return from.isDestroyed;
  }
  if (to.isPaused) return false;
  if (from.isDestroyed) to.receiveEnd();
  else if (from.unreadBytes > 0) to.receive(from.take(pieceBytes));
  else if (from.isEnded) to.receiveEnd();
  return false;
}

testConnectionContract('SlowConnection', async () => {
  const [one, other] = [new SlowConnection(capacityBytes), new SlowConnection(capacityBytes)];
  const go = (): void => {
    const isOver = carry(one, other);
    if (!carry(other, one) || !isOver) setImmediate(go);
  };
  setImmediate(go);
  return [one, other, async () => {}];
});
