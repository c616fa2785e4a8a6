/** What came is not NestJS's protocol, or goes past its bounds. It costs the connection. The message quotes nothing. */
export class BrokenConnection extends Error {
  override name = 'BrokenConnection';
}
