import { IncomingMessage } from 'node:http';
import { hasValidHost } from './malformed-requests.js';

/**
 * A request as a server has it that speaks WebSocket and nothing else over an upgraded connection. Once somebody
 * listens for upgrades, Node takes every request that offers one out of HTTP, also one that offers HTTP/2, as Java's
 * client and `curl --http2` do. RFC 9110, section 7.8: a server may ignore an offer, and answers by HTTP/1.1.
 *
 * Node notes in `upgrade` that there is an offer, and looks there, once it has the headers, whether it is to be taken
 * up; from version 24 on, it asks `shouldUpgradeCallback` instead. As anywhere in Node where an offer is ignored, what
 * was sent right after the request, in the same segment, is lost: such a client has to await the response.
 */
export class RequestOrWebSocket extends IncomingMessage {
  // Not private: Node's own constructor sets it before there could be such a field.
  declare offersUpgrade: boolean | null;

  get upgrade(): boolean {
    return this.offersUpgrade === true && (this.method === 'CONNECT' || this.offersWebSocket);
  }

  set upgrade(offered: boolean | null) {
    this.offersUpgrade = offered;
  }

  /** A WebSocket is opened by GET (RFC 6455, section 4.1). Without a valid `Host` it stays a request, which is rejected. */
  private get offersWebSocket(): boolean {
    if (this.method !== 'GET' || !hasValidHost(this.httpVersion, this.headers.host)) return false;
    const protocols = this.headers.upgrade?.split(',') ?? [];
    return protocols.some((protocol) => protocol.trim().toLowerCase() === 'websocket');
  }
}
