import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts/accounts.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PasswordChange } from './password-change.js';
import { PasswordResolver } from './password.resolver.js';
import { RevokedSessionsController } from './revoked-sessions.controller.js';
import { RevokedSessions } from './revoked-sessions.js';
import { SessionList } from './session-list.js';
import { SessionRefresh } from './session-refresh.js';
import { SessionTokens } from './session-tokens.js';
import { SessionEntity } from './session.entity.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';
import { ViewerResolver } from './viewer.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([SessionEntity]), AccountsModule, KeysModule],
  controllers: [RevokedSessionsController],
  providers: [
    PasswordChange,
    PasswordResolver,
    RevokedSessions,
    SessionList,
    SessionRefresh,
    SessionTokens,
    SessionsResolver,
    SessionsService,
    ViewerResolver,
  ],
})
export class SessionsModule {}
