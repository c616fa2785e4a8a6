import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

/** Composes the supergraph, and starts the subgraphs and the gateway, each as a process. */
const port = Number(process.env['PORT'] ?? 4200);
const subgraphs = [
  { name: 'flights', port: port + 1, path: '/api/flights?v=2' },
  { name: 'airports', port: port + 2, path: '/' },
];

const { supergraphSdl, errors } = composeServices(
  subgraphs.map(({ name, port, path }) => ({
    name,
    url: `http://127.0.0.1:${port}${path}`,
    typeDefs: parse(readFileSync(new URL(`../${name}.graphql`, import.meta.url), 'utf8')),
  })),
);
if (!supergraphSdl) throw new AggregateError(errors ?? [], 'the subgraphs do not compose');
const file = path.join(mkdtempSync(path.join(tmpdir(), 'any-supergraph-')), 'supergraph.graphql');
writeFileSync(file, supergraphSdl);

const start = (program: string, port: number, ...args: string[]) =>
  fork(new URL(`./${program}.js`, import.meta.url), args, { env: { ...process.env, PORT: String(port) } });
for (const { name, port } of subgraphs) start(name, port);
start('gateway', port, file);
