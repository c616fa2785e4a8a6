import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountMailModule } from '../mail/account-mail.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AccountsResolver } from './accounts.resolver.js';
import { AccountsService } from './accounts.service.js';
import { Credentials } from './credentials.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';
import { UserLoader } from './user.loader.js';
import { UserResolver } from './user.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([UserEntity]), AccountMailModule, ThrottlingModule],
  providers: [AccountsService, Credentials, Passwords, AccountsResolver, UserLoader, UserResolver],
  exports: [AccountsService, Credentials, Passwords],
})
export class AccountsModule {}
