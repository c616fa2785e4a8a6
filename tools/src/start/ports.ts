import { Fault } from '../fault.js';
import { listenFault } from '../free-port.js';
import type { PerService, ServiceName } from '../services.js';
import { portVariables } from './environment.js';

/** @throws Fault that names each port which cannot be listened on, and its variable */
export async function requirePortsFree(ports: PerService<number>): Promise<void> {
  const names = Object.keys(portVariables) as ServiceName[];
  const faults = await Promise.all(names.map((name) => listenFault(ports[name])));
  const problems = names.flatMap((name, index) => {
    const fault = faults[index];
    return fault === undefined ? [] : [problem(portVariables[name], ports[name], fault)];
  });
  if (problems.length > 0) throw new Fault(problems.join('\n'));
}

function problem(variable: string, port: number, fault: string): string {
  return fault === 'EADDRINUSE'
    ? `${variable}: port ${port} is in use by another program. Set ${variable} to a free port.`
    : `${variable}: this user cannot listen on port ${port} (${fault}). Set ${variable} to another port.`;
}
