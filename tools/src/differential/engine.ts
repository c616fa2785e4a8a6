import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';

/** A subgraph that is ready to be asked. */
export interface RunningSubgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
}

/** Executes operations of one supergraph. */
export interface Engine {
  /** @returns the results of each execution of this operation; none when the engine does not execute such operations */
  execute(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<readonly ExecutionResult[]>;
  close?(): Promise<void>;
}

export type StartEngine = (supergraphSdl: string, subgraphs: readonly RunningSubgraph[]) => Promise<Engine>;
