export { keysetPage, type KeysetPage, type Walk } from './pagination/keyset-page.js';
export { listSize } from './pagination/list-size.js';
export { PageInfo } from './pagination/page-info.type.js';
export { type PageRequest, parsePage } from './pagination/page-request.js';
export { PageArgs } from './pagination/page.args.js';
export { plainText, visibleName } from './plain-text.js';
export { foldCase, likePattern, searchText } from './search-text.js';
export {
  rejectUntrustedCallers,
  type SubgraphContext,
  subgraphGraphQL,
  tokenVerifier,
  type TokenVerifier,
} from './subgraph.js';
