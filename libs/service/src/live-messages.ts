/**
 * What the gateway takes of a subgraph in one WebSocket message, in bytes; a larger one closes the socket. One socket
 * carries everybody's live operations, so a subgraph ends the one operation whose answer would be larger.
 */
export const LARGEST_LIVE_MESSAGE = 4 * 1024 * 1024;
