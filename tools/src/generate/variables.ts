import { Fault } from '../fault.js';
import type { Subgraph } from '../subgraphs.js';
import type { Lines } from './template.js';

const EXAMPLE_SECRET = 'change-me-to-32-random-bytes-in-hexadecimal';

/** Variables that the template of .env.example lists for the gateway. */
const OF_THE_GATEWAY: readonly string[] = ['PUBLIC_URL'];

/** The variables of a container in docker-compose.yml. An empty one counts as not set. */
export const composeVariables: Lines = ({ service }) => [
  ...Object.entries(service.secrets).flatMap(([name, { env = name, previous }]) => [
    `${name}: \${${env}:?see .env.example}`,
    ...(previous ? [`${name}_PREVIOUS: \${${env}_PREVIOUS:-}`] : []),
  ]),
  ...Object.entries(service.variables).map(
    ([name, { env = name, compose }]) => `${name}: \${${env}:-${compose}}`,
  ),
];

/** The required secrets in .env.example. */
export const exampleSecrets: Lines = ({ service }) =>
  Object.entries(service.secrets).flatMap(([name, { env = name, comment }]) => [
    ...commented(comment),
    `${env}=${EXAMPLE_SECRET}`,
    '',
  ]);

/** The old values of secrets in .env.example. */
export const previousSecrets: Lines = ({ service }) =>
  Object.entries(service.secrets)
    .filter(([, { previous }]) => previous)
    .map(([name, { env = name }]) => `#${env}_PREVIOUS=`);

/**
 * The optional variables in .env.example. One without a comment belongs to the one before it. One that several subgraphs
 * share is listed once.
 */
export function exampleVariables(): Lines {
  const listed = new Set(OF_THE_GATEWAY);
  return ({ service }) => {
    const added = Object.entries(service.variables).filter(([name, { env = name }]) => !listed.has(env));
    for (const [name, { env = name }] of added) listed.add(env);
    return linesOf(added);
  };
}

function linesOf(variables: [string, Subgraph['service']['variables'][string]][]): string[] {
  return variables
    .flatMap(([name, { env = name, comment, example }], index) => [
      ...(comment !== undefined && index > 0 ? [''] : []),
      ...commented(comment),
      `#${env}=${example}`,
    ])
    .concat('');
}

/** The networks of subgraphs besides those of every subgraph. */
export const ownNetworks: Lines = ({ service }) => service.networks.map((network) => `${network}:`);

/** The networks of the mail catcher: a subgraph that sends mail has one, so that subgraphs cannot reach each other. */
export const mailNetworks: Lines = ({ name, service }) =>
  service.networks.filter((network) => network === `${name}-mail`).map((network) => `- ${network}`);

function commented(comment: string | undefined): readonly string[] {
  return comment === undefined
    ? []
    : comment
        .trim()
        .split('\n')
        .map((line) => `# ${line}`);
}

/**
 * Subgraphs may share an optional variable of `.env`, such as the address of a mail server, but not a secret.
 * @throws Fault that names the secrets that two subgraphs use
 */
export function requireOwnSecrets(subgraphs: readonly Subgraph[]): void {
  const namedBy = new Map<string, string>();
  const faults = subgraphs.flatMap(({ name, service }) =>
    Object.entries(service.secrets).flatMap(([secret, { env = secret }]) => {
      const other = namedBy.get(env);
      namedBy.set(env, name);
      return other === undefined
        ? []
        : [`${other} and ${name} both use the secret ${env}: name another one by "env" in a service.yaml`];
    }),
  );
  if (faults.length > 0) throw new Fault(faults.join('\n'));
}
