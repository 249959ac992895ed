import { attacks } from './attack-list.ts';
import { Attacker } from './attacker.ts';

/** One attack at full strength, in a process of its own: `attack-worker.ts NAME TARGET`, the target as JSON. */
const [name = '', target = ''] = process.argv.slice(2);
const attacker = new Attacker(JSON.parse(target));
await attacks.get(name)?.run(attacker);
const { connections, sentBytes } = attacker;
process.stdout.write(JSON.stringify({ connections, sentBytes }), () => process.exit());
