/**
 * The CPU time that a service has used, in seconds, from its metrics. Unlike elapsed time it does not depend on other load.
 * @param metricsUrl `http://127.0.0.1:21002/metrics`
 */
export async function cpuSeconds(metricsUrl: string): Promise<number> {
  const metrics = await (await fetch(metricsUrl)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(metrics)?.[1]);
}
