import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Figures, type FiguresOptions, measure } from '../figures.ts';
import { runTrial } from '../trial.ts';

/**
 * What the transport reaches at 50 Mbit/s, 40 ms and some loss, and that each mechanism is what reaches it: without the
 * mechanism the same figure is bad. Virtual time, so the figures are the same on every machine. `npm run test:udp`
 * measures longer, at more losses.
 */
const figures = (options: Partial<FiguresOptions>): Figures => {
  return measure({ seed: 1, loss: 0, ms: 3000, withLines: false, ...options });
};

describe('with a loss of 10 %', () => {
  it('a file uses the link, and a line beside it is quick', () => {
    const found = figures({ loss: 0.1, ms: 8000, withLines: true });
    assert.ok(found.share >= 0.95, `${found.share} of what the link carries`);
    assert.ok(found.cost <= 1.08, `${found.cost} bytes sent for each that a link with this loss must carry`);
    assert.ok(found.lineP99Ms <= 45, `${found.lineP99Ms} ms`);
    // No queue stands: half of the lines wait for no more than the gaps between the file's packets.
    assert.ok(found.lineMedianMs <= 24, `${found.lineMedianMs} ms`);
  });
});

describe('a file after some lines', () => {
  it('is as fast as one that comes first: lines show nothing of what the path can carry', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { share } = figures({ seed, loss: 0.1, ms: 3000, fileAfterMs: 2000, withLines: true });
      assert.ok(share >= 0.88, `${share} of what the link carries, with seed ${seed}`);
    }
  });
});

describe('the first second', () => {
  it('does not leave the queue full for long: a line beside a new file is hardly ever late', () => {
    // A queue that is full adds 40 ms to the 20 of the path.
    const { lineP99Ms } = figures({ ms: 10_000, withLines: true });
    assert.ok(lineP99Ms < 45, `${lineP99Ms} ms`);
  });
});

describe('a queue of an eighth of what is under way', () => {
  it('is no reason to be slow, nor to send much that is lost', () => {
    const { share, cost } = figures({ ms: 6000, link: { queueBytes: 30_000 } });
    assert.ok(share > 0.9, `${share} of what the link carries`);
    assert.ok(cost < 1.15, `${cost} bytes sent`);
  });
});

describe('without', () => {
  it('the measure of loss while draining, a link that loses 20 % is not used', () => {
    const kept = figures({ loss: 0.2, ms: 8000 }).share;
    const polite = figures({ loss: 0.2, ms: 8000, client: { polite: true } }).share;
    assert.ok(polite < 0.92 * kept, `${polite}, and ${kept} with it`);
  });

  it('the thresholds of packets and of time, 5 % of loss stop everything', () => {
    const client = { packetThreshold: 1e9, timeThreshold: 1e9 };
    assert.ok(figures({ loss: 0.05, client }).share < 0.2);
  });

  it('more than one range in acknowledgements, packets that arrived are sent again', () => {
    const { share, cost } = figures({ loss: 0.1, server: { ackRanges: 1 } });
    assert.ok(cost > 1.2 || share < 0.5, `${share}, ${cost}`);
  });

  it('credit that grows, holes hold the sender up', () => {
    assert.ok(figures({ loss: 0.2, server: { maxCredit: 512 * 1024 } }).share < 0.8);
  });

  it('copies of short tails, a lost line waits for a probe', () => {
    const lines = { loss: 0.1, withFile: false, withLines: true, ms: 15_000 };
    const kept = figures(lines).lineP99Ms;
    const without = figures({ ...lines, client: { tailCopies: 0 } }).lineP99Ms;
    assert.ok(kept <= 60, `${kept} ms`);
    assert.ok(without > 75, `${without} ms`);
  });

  it('a second copy, one line in a hundred is lost twice', () => {
    const lines = { loss: 0.1, withFile: false, withLines: true, ms: 30_000 };
    const kept = figures(lines).lineP99Ms;
    const without = figures({ ...lines, client: { tailCopies: 1 } }).lineP99Ms;
    assert.ok(without > 1.5 * kept, `${without} ms, and ${kept} ms with it`);
  });

  it('more copies where more is lost, one line in a hundred is lost with both at 20 %', () => {
    const lines = { loss: 0.2, withFile: false, withLines: true, ms: 30_000 };
    const kept = figures(lines).lineP99Ms;
    const without = figures({ ...lines, client: { tailCopies: 2 } }).lineP99Ms;
    assert.ok(kept <= 50, `${kept} ms`);
    assert.ok(without > 1.2 * kept, `${without} ms, and ${kept} ms with them`);
  });

  it('many packets to begin with, the first second carries less', () => {
    const kept = figures({ ms: 1000 }).share;
    const without = figures({ ms: 1000, client: { initialWindowPackets: 2 } }).share;
    assert.ok(without < 0.9 * kept, `${without}, and ${kept} with them`);
  });

  it('a search for the largest datagram, more bytes are heads', () => {
    const kept = figures({ ms: 5000 }).share;
    const without = figures({ ms: 5000, client: { datagramSizes: [] } }).share;
    assert.ok(without < kept - 0.005, `${without}, and ${kept} with it`);
  });

  it('loss, a line is sent once', () => {
    const { cost } = figures({ withFile: false, withLines: true, ms: 30_000 });
    assert.ok(cost < 1.5, `${cost} bytes sent for each of a line`);
  });

  it('probes, a lost tail is lost for ever', () => {
    const settings = { probePackets: 0, tailCopies: 0, keepAliveMs: 0 };
    assert.throws(() => {
      for (let seed = 1; seed <= 20; seed++) runTrial(seed, { settings });
    });
  });

  it('keep-alive, a silent chat ends', () => {
    const silent = { withFile: false, ms: 40_000 };
    assert.equal(figures(silent).isOpen, true);
    assert.equal(
      figures({ ...silent, client: { keepAliveMs: 0 }, server: { keepAliveMs: 0 } }).isOpen,
      false,
    );
  });
});
