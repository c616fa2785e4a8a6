/**
 * The largest WebSocket message that the gateway accepts from a subgraph, in bytes. A larger one closes the socket, which
 * carries all subscriptions. So a subgraph ends a subscription whose event would be larger.
 */
export const LARGEST_LIVE_MESSAGE = 4 * 1024 * 1024;
