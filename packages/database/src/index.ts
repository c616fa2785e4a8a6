export { DedicatedConnection } from './dedicated-connection.js';
export { type DatabaseAddress } from './session.js';
export { TimeoutClient } from './timeout-client.js';
