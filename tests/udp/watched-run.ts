import { traceLines } from '../../src/transport/udp/trace/format.ts';
import { acceptedOne, open, pass, Seen } from './open-association.ts';

const asked = 'Would you like an apple?\n';
const answered = 'yes please, @bob\n';

/**
 * What a client's trace says of a fixed conversation on a path that loses a fifth: a line, its answer, the end.
 * `npx node tests/udp/watched-run.ts > tests/udp/trace.txt` makes the expected output anew. Without rates, which change
 * whenever somebody tunes how fast to send.
 */
export function watchedRun(seed = 14): string[] {
  const lines: string[] = [];
  const path = { delayMs: 20, rate: 6250, queueBytes: 250_000, loss: 0.2 };
  const { simulation, accepted } = open({
    seed,
    toServer: path,
    toClient: path,
    trace: traceLines((line) => lines.push(line)),
  });
  const client = new Seen(simulation.client.openStream());
  client.stream.write(Buffer.from(asked));
  const server = acceptedOne(simulation, accepted);
  pass(simulation, 1000, () => server.length === asked.length);
  server.stream.write(Buffer.from(answered));
  pass(simulation, 1000, () => client.length === answered.length);
  client.stream.end();
  pass(simulation, 2000, () => server.ends === 1);
  server.stream.end();
  pass(simulation, 2000, () => client.closes.length === 1);
  simulation.client.close();
  pass(simulation, 5000);
  return lines.filter((line) => !/rate of the path [0-9]/.test(line));
}

if (import.meta.main) process.stdout.write(`${watchedRun().join('\n')}\n`);
