import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts/accounts.module.js';
import { UserEntity } from '../accounts/user.entity.js';
import { FirstOwner } from './first-owner.js';
import { RoleAssignment } from './role-assignment.js';
import { RolesResolver } from './roles.resolver.js';
import { UserList } from './user-list.js';
import { UserListResolver } from './user-list.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([UserEntity]), AccountsModule],
  providers: [FirstOwner, RoleAssignment, RolesResolver, UserList, UserListResolver],
})
export class PeopleModule {}
