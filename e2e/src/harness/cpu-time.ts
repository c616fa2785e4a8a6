/**
 * The CPU time that a service has used so far, in seconds, as its metrics say. A busy machine makes it no longer, unlike
 * the time that has passed.
 * @param metricsUrl `http://127.0.0.1:21002/metrics`
 */
export async function cpuSeconds(metricsUrl: string): Promise<number> {
  const metrics = await (await fetch(metricsUrl)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(metrics)?.[1]);
}
