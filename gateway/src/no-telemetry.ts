/** `@apollo/gateway` reports what it composes to its maker unless this is set before it is loaded. */
process.env.APOLLO_TELEMETRY_DISABLED = '1';
