import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * As `parseArgs`, for scripts of this repository. `--help` prints `usage` and ends the process. An option that is not in
 * `config` ends it with `usage` on standard error and exit code 64, instead of a stack trace.
 */
export function scriptOptions<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if ((config.args ?? process.argv.slice(2)).includes('--help')) {
    process.stdout.write(`usage: ${usage}\n`);
    process.exit();
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const isWrong =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
    if (!isWrong) throw error;
    return endWithUsage(usage);
  }
}

/** Says how the script is used, and ends the process with exit code 64. */
export function endWithUsage(usage: string): never {
  process.stderr.write(`usage: ${usage}\n`);
  process.exit(64);
}
