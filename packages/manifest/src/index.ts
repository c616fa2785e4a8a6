export { isSubgraphName, namesOf, type SubgraphNames } from './names.js';
