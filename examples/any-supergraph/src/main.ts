import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

/** Composes the supergraph, and starts the subgraphs and the gateway, each as a process. */
const { PORT = '4200', FLIGHTS_PORT = '4201', AIRPORTS_PORT = '4202' } = process.env;
const subgraphs = [
  { name: 'flights', port: FLIGHTS_PORT, path: '/api/flights?v=2' },
  { name: 'airports', port: AIRPORTS_PORT, path: '/' },
];

const { supergraphSdl, errors } = composeServices(
  subgraphs.map(({ name, port, path: at }) => ({
    name,
    url: `http://127.0.0.1:${port}${at}`,
    typeDefs: parse(readFileSync(new URL(`../${name}.graphql`, import.meta.url), 'utf8')),
  })),
);
if (!supergraphSdl) throw new AggregateError(errors ?? [], 'the subgraphs do not compose');
const file = path.join(mkdtempSync(path.join(tmpdir(), 'any-supergraph-')), 'supergraph.graphql');
writeFileSync(file, supergraphSdl);

const start = (program: string, port: string, ...args: string[]) =>
  fork(new URL(`./${program}.js`, import.meta.url), args, { env: { ...process.env, PORT: port } });
const processes = [...subgraphs.map(({ name, port }) => start(name, port)), start('gateway', PORT, file)];

/** All stop together. */
const stop = () => processes.forEach((each) => each.kill());
for (const each of processes) each.once('exit', stop);
process.once('SIGTERM', stop);
