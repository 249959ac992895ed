const ctrlC = 3;

/**
 * Does `work` while what is typed at the terminal is neither echoed nor lost: it may be the password that `work` leads
 * to. The next reader of standard input gets it, who must take the keys of a terminal (Enter is CR). Ctrl-C calls
 * `leave`. Does only `work` where there is no terminal with a prompt.
 */
export async function holdingTyping<T>(leave: () => void, work: () => Promise<T>): Promise<T> {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === 'dumb') return work();
  const typed: Uint8Array[] = [];
  const onData = (chunk: string | Uint8Array): void => {
    const bytes = Buffer.from(chunk);
    if (bytes.includes(ctrlC)) leave();
    else typed.push(bytes);
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  try {
    return await work();
  } finally {
    stdin.off('data', onData);
    stdin.pause();
    stdin.setRawMode(false);
    if (typed.length > 0) stdin.unshift(Buffer.concat(typed));
  }
}
