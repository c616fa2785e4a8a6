export { DedicatedConnection } from './dedicated-connection.js';
export { TimeoutClient } from './timeout-client.js';
