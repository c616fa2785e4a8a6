import { IncomingMessage } from 'node:http';
import { hasValidHost } from './malformed-requests.js';

/**
 * A request to a server that upgrades to WebSocket only. When a server has an `upgrade` listener, Node treats every
 * request with an `Upgrade` header as an upgrade, also one that offers HTTP/2, as Java's client and `curl --http2` do.
 * A server may ignore the offer and respond in HTTP/1.1 (RFC 9110, section 7.8).
 *
 * Node sets `upgrade` when there is an offer, and reads it after the headers. (From version 24 on, it calls
 * `shouldUpgradeCallback` instead.) Wherever Node ignores an offer, it loses bytes that arrive in the same segment after
 * the request, so such a client must wait for the response.
 */
export class RequestOrWebSocket extends IncomingMessage {
  // Declared only: Node's constructor sets it before field initializers run.
  declare offersUpgrade: boolean | null;

  get upgrade(): boolean {
    return this.offersUpgrade === true && (this.method === 'CONNECT' || this.offersWebSocket);
  }

  set upgrade(offered: boolean | null) {
    this.offersUpgrade = offered;
  }

  /** WebSockets need GET (RFC 6455, section 4.1). Without a valid `Host` it stays a request, which is rejected. */
  private get offersWebSocket(): boolean {
    if (this.method !== 'GET' || !hasValidHost(this.httpVersion, this.headers.host)) return false;
    const protocols = this.headers.upgrade?.split(',') ?? [];
    return protocols.some((protocol) => protocol.trim().toLowerCase() === 'websocket');
  }
}
