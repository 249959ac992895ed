import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Life, lives, points, troubles } from './plan.ts';

const livesOf = (seed: number, count: number): Life[] => lives({ seed }).take(count).toArray();

it('plans the same for the same seed, and something else for another', () => {
  assert.deepEqual(livesOf(7, 100), livesOf(7, 100));
  assert.notDeepEqual(livesOf(7, 100), livesOf(8, 100));
  const of = (seed: number) => troubles({ seed }).take(100).toArray();
  assert.deepEqual(of(7), of(7));
  assert.notDeepEqual(of(7), of(8));
});

it('comes to each point in sixteen lives, and to each kind of end in two hundred', () => {
  for (const seed of [1, 2, 3]) {
    const ends = livesOf(seed, 16).map(({ end }) => (end.kind === 'point' ? end.point : end.kind));
    for (const point of points) assert.ok(ends.includes(point), point);
    const kinds = new Set(livesOf(seed, 200).map(({ end }) => end.kind));
    assert.deepEqual([...kinds].sort(), ['failing sync', 'full disk', 'kill', 'point', 'power cut', 'stop']);
  }
});

it('has several chances of each point and of a freeze in the lives of a minute', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const planned = livesOf(seed, 48);
    const froze = planned.filter(({ end, freezeMs }) => end.kind !== 'point' && freezeMs > 0);
    assert.ok(froze.length >= 2, `seed ${seed}: ${froze.length}`);
    for (const point of points) {
      const chances = planned.filter(({ end }) => end.kind === 'point' && end.point === point);
      assert.ok(chances.length >= 3, `seed ${seed}: ${point} ${chances.length}`);
    }
  }
});

it('takes the ends that it is given, in turn', () => {
  const ends = [{ kind: 'kill' }, { kind: 'stop' }] as const;
  const planned = lives({ seed: 1, ends }).take(4).toArray();
  assert.deepEqual(
    planned.map(({ end }) => end.kind),
    ['kill', 'stop', 'kill', 'stop'],
  );
});

it('has something to prune by the time that a prune is to be cut off, and never a step of a day', () => {
  const day = 24 * 60 * 60 * 1000;
  const planned = livesOf(5, 200);
  for (const { aheadMs } of planned) assert.ok(aheadMs < day);
  const first = planned.findIndex(({ end }) => end.kind === 'point' && end.point === 'mid-prune');
  const aheadMs = planned.slice(0, first + 1).reduce((sum, life) => sum + life.aheadMs, 0);
  assert.ok(aheadMs > 7 * day, `${aheadMs}`);
});
