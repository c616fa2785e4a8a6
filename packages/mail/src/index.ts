export { findOutdatedAddresses, reportAddressRepairs } from './addresses/email-address-repair.js';
export { normalizeEmail, normalizeNewEmail, parseEmail, parseNewEmail } from './addresses/email-address.js';
