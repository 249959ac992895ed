// Like everything in this folder, this must run on a Node that is too old for the rest.

/** What Node each part needs: the clients run on what they were built for, the server needs `crypto.argon2`. */
const clientNode = [22, 12];
const serverNode = [24, 7];
/** Sources run as they are only with a Node that strips types; earshot is developed on this one. */
const cloneNode = [26, 0];

const serverCommands = ['serve', 'passwd', 'tokens', 'backup', 'restore'];

/**
 * Returns what is wrong, for people, when `version` (as in `process.version`) is too old for a command, undefined when
 * it is not. `command` is undefined for the library. `isClone`: the sources are run, not what was built from them.
 */
export function nodeProblem(version, isClone, command) {
  const needed = isClone ? cloneNode : serverCommands.includes(command) ? serverNode : clientNode;
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined;
  const what = command === undefined || isClone ? 'earshot' : `earshot ${command}`;
  return (
    `${what} needs Node ${needed.join('.')} or newer, and this is ${version}. Install a newer Node` +
    (isClone
      ? '; in a clone, "npm ci" brings one for "npm start" and "npx earshot", unless it is told to run no install ' +
        'scripts (--ignore-scripts).'
      : '.')
  );
}
