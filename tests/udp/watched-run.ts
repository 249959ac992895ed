import { traceLines } from '../../src/transport/udp/trace/format.ts';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, Seen } from './open-association.ts';

/**
 * What a client's trace says of a fixed conversation on a path that loses a fifth: a line, its answer, 8 KB, the end.
 * `npx node tests/udp/watched-run.ts > tests/udp/trace.txt` makes the expected output anew.
 */
export function watchedRun(): string[] {
  const lines: string[] = [];
  const path = { delayMs: 20, rate: 6250, queueBytes: 250_000, loss: 0.2 };
  const { simulation, accepted } = open({
    seed: 5,
    toServer: path,
    toClient: path,
    trace: traceLines((line) => lines.push(line)),
  });
  const client = new Seen(simulation.client.openStream());
  client.stream.write(Buffer.from('Would you like an apple?\n'));
  const server = acceptedOne(simulation, accepted);
  pass(simulation, 1000, () => server.length === 25);
  server.stream.write(Buffer.from('yes please, @bob\n'));
  pass(simulation, 1000, () => client.length === 17);
  client.stream.write(pattern(8000));
  client.stream.end();
  pass(simulation, 2000, () => server.ends === 1);
  server.stream.end();
  pass(simulation, 2000, () => client.closes.length === 1);
  simulation.client.close();
  pass(simulation, 5000);
  return lines;
}

if (import.meta.main) process.stdout.write(`${watchedRun().join('\n')}\n`);
