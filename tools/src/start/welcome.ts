import { introduction, type FirstOwner } from './first-owner.js';

const STANDARD_GATEWAY_PORT = 4000;

export interface WelcomeFacts {
  readonly ports: { readonly gateway: number };
  /** Starts examples/monolith. */
  readonly monolithCommand: string;
  /** The owner that this start has created. Shown once. */
  readonly firstOwner?: FirstOwner | undefined;
  /** The folder of mails. Undefined when they go to a mail server. */
  readonly mailFolder?: string | undefined;
}

/** The URLs, and commands to copy from the terminal. */
export function welcome({ ports, monolithCommand, firstOwner, mailFolder }: WelcomeFacts): string {
  const graphql = `127.0.0.1:${ports.gateway}/graphql`;
  const smoke =
    ports.gateway === STANDARD_GATEWAY_PORT ? 'npm run smoke' : `GATEWAY_PORT=${ports.gateway} npm run smoke`;
  return `
The supergraph is up:
  HTTP       http://${graphql}
  WebSocket  ws://${graphql}  (graphql-ws; the token goes into connection_init as "authorization")
${firstOwner ? `\n${introduction(firstOwner)}\n` : ''}
Try it: create an account, and log in
${curl(
  graphql,
  'mutation($input: RegisterInput!) { register(input: $input) { accepted userErrors { code message } } }',
  {
    email: 'ada@example.com',
    password: 'correct horse battery staple',
    displayName: 'Ada',
  },
)}
${curl(
  graphql,
  'mutation($input: LoginInput!) { login(input: $input) { tokens { accessToken refreshToken } userErrors { code message } } }',
  {
    email: 'ada@example.com',
    password: 'correct horse battery staple',
  },
)}

Play all examples:        ${smoke}
Start the NestJS example: ${monolithCommand}
${
  mailFolder === undefined
    ? ''
    : `Mails are files in:       ${mailFolder}
`
}Ctrl-C stops everything. The data stays.
`;
}

function curl(graphql: string, query: string, input: Record<string, string>): string {
  return `  curl -s http://${graphql} -H 'content-type: application/json' -d '${JSON.stringify({ query, variables: { input } })}'`;
}
