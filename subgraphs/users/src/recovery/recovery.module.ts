import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccountMailModule } from '../mail/account-mail.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { EmailVerification } from './email-verification.js';
import { PasswordReset } from './password-reset.js';
import { RecoveryResolver } from './recovery.resolver.js';

/** Verifies addresses and resets passwords by mailed tokens. */
@Module({
  imports: [AccountsModule, AccountMailModule, ThrottlingModule],
  providers: [EmailVerification, PasswordReset, RecoveryResolver],
})
export class RecoveryModule {}
