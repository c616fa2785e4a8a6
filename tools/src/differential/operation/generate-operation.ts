import { parse, validate, type GraphQLSchema } from 'graphql';
import { Random } from '../random.js';
import { SelectionWriter } from './selection-writer.js';

export interface Operation {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const ATTEMPTS = 50;

/** A valid operation. Equal seeds give equal operations for equal schemas. */
export function generateOperation(api: GraphQLSchema, seed: number): Operation {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const random = new Random('operation', seed, attempt);
    const isMutation = api.getMutationType() && random.chance(0.15);
    const root = (isMutation ? api.getMutationType() : api.getQueryType())!;
    const writer = new SelectionWriter(api, random);
    const selection = writer.root(root);
    const head = `${isMutation ? 'mutation' : 'query'} Operation${writer.variables.definitions}`;
    const document = [`${head} ${selection}`, ...writer.fragments].join('\n');
    const operation = { document, variables: writer.variables.values };
    if (validate(api, parse(document)).length === 0) return operation;
  }
  throw new Error(`no valid operation in ${ATTEMPTS} attempts`);
}
