import { compare, roundMs, startFollowers, warmUp, withContenders } from './delivery.ts';
import { earshot11, overWeb } from './sides.ts';

/** What a WebSocket costs a delivery. */
export async function webSocketsBench(): Promise<void> {
  await withContenders([earshot11, overWeb], startFollowers, async (contenders) => {
    for (const window of [64, 1]) {
      await warmUp(contenders, window);
      await compare(contenders, { window, ms: roundMs });
    }
  });
}
