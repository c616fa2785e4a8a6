/** Disables the telemetry of `@apollo/gateway`, which reads this variable when it is loaded. */
process.env.APOLLO_TELEMETRY_DISABLED = '1';
