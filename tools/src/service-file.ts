import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fault } from './fault.js';
import { repositoryRoot } from './repository.js';

const VARIABLE = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'is not a variable such as CURSOR_SECRET');

/** `env` is the variable's name in `.env`, if it is another one there. */
const COMMON = { env: VARIABLE.optional(), comment: z.string().optional() };

const FORMAT = z.strictObject({
  /** Required. `previous`: the service also reads `<NAME>_PREVIOUS`, for a rotation. */
  secrets: z
    .record(VARIABLE, z.strictObject({ ...COMMON, previous: z.boolean().default(false) }))
    .default({}),
  /** Optional. `example` is for `.env.example`; `compose` is the default in docker-compose.yml. */
  variables: z
    .record(
      VARIABLE,
      z.strictObject({ ...COMMON, example: z.string().default(''), compose: z.string().default('') }),
    )
    .default({}),
  /** Networks of docker-compose.yml, besides those of every subgraph. */
  networks: z.array(z.string()).default([]),
  /** Only for `npm start` and for tests. */
  development: z
    .strictObject({
      /** More ports that it listens on, by variable, with the default of `npm start`. */
      ports: z.record(VARIABLE, z.int().min(1).max(65_535)).default({}),
      /** Secrets that are not variables of the service. */
      secrets: z.array(VARIABLE).default([]),
      /** Values for variables, in which `${NAME}` is a port, a secret, DATA_DIR, or the address of a subgraph. */
      variables: z.record(VARIABLE, z.string()).default({}),
    })
    .prefault({}),
});

/** The part of a subgraph's environment that not every subgraph has. */
export type ServiceFile = z.output<typeof FORMAT>;

/**
 * Reads the `service.yaml` of a subgraph, which may be missing.
 * @throws Fault that names every fault
 */
export function readServiceFile(folder: string): ServiceFile {
  const file = path.join(folder, 'service.yaml');
  const { data, error } = FORMAT.safeParse(existsSync(file) ? parsed(file) : {});
  if (data) return data;
  const faults = error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${reasonOf(issue)}`);
  throw new Fault(faults.map((fault) => `${path.relative(repositoryRoot, file)}: ${fault}`).join('\n'));
}

function reasonOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(', ') : issue.message;
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault(`${path.relative(repositoryRoot, file)}: cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
