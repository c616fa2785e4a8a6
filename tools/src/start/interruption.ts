const PARENT_POLL_MS = 250;

/**
 * Resolves, once, with the reason why a person or the system wants us to stop: a signal, or the end of the npm that
 * started us. Further signals are taken and ignored: stopping is under way, and npm passes on each Ctrl-C that the
 * terminal has sent to us already.
 *
 * @param npmPid the parent process at our start; undefined when that was not npm, and may come and go
 */
export async function interruption(npmPid: number | undefined): Promise<string> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve('Ctrl-C'));
    process.on('SIGTERM', () => resolve('SIGTERM'));
    process.on('SIGHUP', () => resolve('the terminal is closed'));
    if (npmPid === undefined) return;
    const watch = setInterval(() => {
      if (process.ppid === npmPid) return;
      clearInterval(watch);
      resolve('npm is gone');
    }, PARENT_POLL_MS);
    watch.unref();
  });
}
