import { spawnSync } from 'node:child_process';

/** Why failing disks cannot be tried here, for `skip`. Debian has strace, so in CI that is an error. */
export function straceMissing(): string | false {
  if (spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0) return false;
  const problem = 'strace does not work here, so failing disks are not tried; Debian has it as "strace"';
  if (process.env.CI === 'true') throw new Error(problem);
  return problem;
}
