export { defineSubgraph, type Subgraph } from './define-subgraph.js';
export { type ConfigOf, type SubgraphConfig } from './environment.js';
export { enumType } from './enum-type.js';
export { UserError } from './errors/user-error.type.js';
export { type SubgraphContext } from './graphql.js';
export { connectionOf } from './pagination/connection.type.js';
export { keysetPage, type KeysetPage, type Walk } from './pagination/keyset-page.js';
export { listSize } from './pagination/list-size.js';
export { PageInfo } from './pagination/page-info.type.js';
export { type PageRequest, parsePage } from './pagination/page-request.js';
export { PageArgs } from './pagination/page.args.js';
export { plainText, visibleName } from './plain-text.js';
export {
  type GraphQLResult,
  type RequestOptions,
  type RunningSubgraph,
  runSubgraph,
} from './run-subgraph.js';
export { type SubgraphDefinition } from './subgraph-definition.js';
