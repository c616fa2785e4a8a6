export { isSubgraphName, namesOf, type SubgraphNames } from './names.js';
export { type Manifest, ManifestError, type ManifestSubgraph, readManifest } from './read-manifest.js';
