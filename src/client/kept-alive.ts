/** Runs `run`, and keeps the process alive until it is done: the timers of a clock and a signal do not. */
export async function keptAlive<T>(run: () => Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    return await run();
  } finally {
    clearInterval(alive);
  }
}
