export { findOutdatedAddresses, reportAddressRepairs } from './addresses/email-address-repair.js';
export { EmailAddress } from './addresses/email-address.scalar.js';
export { normalizeEmail, normalizeNewEmail, parseEmail, parseNewEmail } from './addresses/email-address.js';
export { mailEnvironment } from './mail-environment.js';
export type { ComposeLetter, MailOptions } from './mail-options.js';
export { MailModule } from './mail.module.js';
export { MailJobEntity } from './queue/mail-job.entity.js';
export {
  createMailJobs,
  dropMailJobAddressIndex,
  dropMailJobs,
  indexMailJobAddresses,
} from './queue/mail-jobs-table.js';
export { MailJobs } from './queue/mail-jobs.js';
export type { Letter } from './sending/mail.js';
