export interface SubgraphSource {
  readonly name: string;
  readonly sdl: string;
}
