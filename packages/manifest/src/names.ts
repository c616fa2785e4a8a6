/** The names that follow from the name of a subgraph, such as `old-orders`. */
export interface SubgraphNames {
  /** Prefix of its environment variables: `OLD_ORDERS`. */
  readonly variablePrefix: string;
  /** The port of `npm start`: `OLD_ORDERS_PORT`. */
  readonly port: string;
  /** Its address, for the gateway: `OLD_ORDERS_URL`. */
  readonly url: string;
  /** The secret of its transaction tokens: `OLD_ORDERS_TXN_TOKEN_SECRET`. */
  readonly secret: string;
  /** The address of its readiness check, for the gateway: `OLD_ORDERS_READY_URL`. */
  readonly readyUrl: string;
  /** The protocol of its subscriptions, for the gateway: `OLD_ORDERS_SUBSCRIPTIONS`. */
  readonly subscriptions: string;
  /** A database that is already there, for `npm start`: `OLD_ORDERS_DATABASE_URL`. */
  readonly databaseUrl: string;
  /** Its database, and the database's owner: `old_orders`. */
  readonly database: string;
}

/** A name may be part of a host name, a variable and a database. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Whether a name of a subgraph is in lower case, with words separated by hyphens. */
export function isSubgraphName(name: string): boolean {
  return NAME.test(name);
}

/** @param name for which `isSubgraphName` is true */
export function namesOf(name: string): SubgraphNames {
  const database = name.replaceAll('-', '_');
  const variablePrefix = database.toUpperCase();
  return {
    variablePrefix,
    port: `${variablePrefix}_PORT`,
    url: `${variablePrefix}_URL`,
    secret: `${variablePrefix}_TXN_TOKEN_SECRET`,
    readyUrl: `${variablePrefix}_READY_URL`,
    subscriptions: `${variablePrefix}_SUBSCRIPTIONS`,
    databaseUrl: `${variablePrefix}_DATABASE_URL`,
    database,
  };
}
