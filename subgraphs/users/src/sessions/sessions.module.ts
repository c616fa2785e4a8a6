import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts/accounts.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { SessionEntity } from './session.entity.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';
import { ViewerResolver } from './viewer.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([SessionEntity]), AccountsModule, KeysModule],
  providers: [SessionsService, SessionsResolver, ViewerResolver],
})
export class SessionsModule {}
