import { setFlagsFromString } from 'node:v8';
import { subgraph } from './subgraph.js';

// By default V8 keeps 100 MiB of garbage after a long replay. With this flag it keeps 5 MiB (docs/benchmarks.md).
setFlagsFromString('--heap-growing-percent=20');

await subgraph.main();
