/** The client broke NestJS's protocol or a limit, so its connection is closed. The message quotes no data. */
export class BrokenConnection extends Error {
  override name = 'BrokenConnection';
}
