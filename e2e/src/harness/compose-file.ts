import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '@supergraph/tools/repository';
import { parse } from 'yaml';

/** A service in docker-compose.yml, with `${…}` not filled in. Only the fields that tests use. */
export interface ComposeService {
  image: string;
  build?: { args: { SERVICE: string } };
  command?: string[];
  environment: Record<string, string>;
  ports?: string[];
  networks: string[];
}

export type Variables = Record<string, string>;

const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');

export const composeText = read('docker-compose.yml');

export const composeServices = (
  parse(composeText, { merge: true }) as { services: Record<string, ComposeService> }
).services;

/** The variables of .env.example: set ones, and commented out ones. */
export function envExample(): { set: Variables; optional: Variables } {
  const set: Variables = {};
  const optional: Variables = {};
  for (const [, hash, name = '', value = ''] of read('.env.example').matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)) {
    // Compose does not interpolate text in single quotes.
    (hash ? optional : set)[name] = value.replace(/^'(.*)'$/, '$1');
  }
  return { set, optional };
}

/** The environment of the image: ENV of the Dockerfile's last stage. */
export function imageEnvironment(): Variables {
  const lastStage =
    read('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const assignments = [...lastStage.matchAll(/^ENV (.+)$/gm)].flatMap(([, pairs = '']) => pairs.split(/\s+/));
  return Object.fromEntries(assignments.map((each) => each.split('=', 2) as [string, string]));
}

/** Fills in `${NAME:?message}` and `${NAME:-default}` as Docker Compose does. @throws when a required one is missing */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const value = variables[name];
    if (!value && kind === '?') throw new Error(`${name} ${rest}`);
    return value || rest;
  });
}

/** The absolute path of the program that a container of this service runs. Undefined for other images. */
export function programOf({ image, command }: ComposeService): string | undefined {
  const { build } =
    Object.values(composeServices).find((other) => other.build && other.image === image) ?? {};
  return build && path.join(repositoryRoot, build.args.SERVICE, command?.at(-1) ?? 'dist/main.js');
}
