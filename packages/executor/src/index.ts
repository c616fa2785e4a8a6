export { isObject } from './own.js';
export { ResultShape, isErrorList, type GraphQLResult } from './answer/graphql-result.js';
export { InvalidGraphQLResult } from './answer/invalid-graphql-result.js';
export { ExecutableSchema } from './executable-schema.js';
export type { RunOptions } from './execution.js';
export type { Fetch, Fetcher } from './fetching/fetch.js';
export { compile, type Program } from './program.js';
export { PlanCorrections } from './plan-corrections/plan-corrections.js';
