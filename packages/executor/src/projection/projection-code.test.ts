import { expect, test } from '@jest/globals';
import { buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { newCodeBudget } from '../code/source.js';
import { DocumentKeys } from '../document-keys.js';
import { ResponseKeys } from '../response-keys.js';
import { OperationProjections } from './operation-projections.js';
import { generateProjection } from './projection-code.js';

const SDL = `
  type Query { vehicle: Vehicle }
  interface Vehicle { id: ID! rate: Int }
  type Car implements Vehicle { id: ID! rate: Int seats: Int }`;

const project = (selection: string, vehicle: object) => {
  const schema = buildSchema(SDL);
  const document = parse(`{ vehicle { ${selection} } }`);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const { root } = new OperationProjections(
    document,
    operation,
    schema,
    new ResponseKeys(schema, parse(SDL)),
    new DocumentKeys(document),
    {},
  );
  return generateProjection(root, newCodeBudget())!({ vehicle });
};

test.each([{}, { __typename: 'Vehicle' }, { __typename: 'Car' }])(
  'generated code writes an object of an interface object of the type %j',
  (type) => {
    expect(project('id ... on Vehicle { rate }', { ...type, id: '1', rate: 5 })).toEqual({
      vehicle: { id: '1', rate: 5 },
    });
  },
);

test.each([{ __typename: 'Vehicle' }, { __typename: 'Query' }, { __typename: null }])(
  'generated code leaves an object of the type %j to the interpreter when the type is selected',
  (type) => {
    expect(project('__typename id', { ...type, id: '1' })).toBeNull();
  },
);
