import { enumType } from '@kit/subgraph';
import type { Role } from '../roles.js';

export const RoleType = enumType<Role>('Role', 'A named set of scopes. A user can have several roles.', {
  OWNER: 'Can do everything, including changing the roles of users.',
  ADMIN: 'Can do everything except change the roles of users.',
  EDITOR: 'Can view users and subscribers, and add and change subscribers.',
  READER: 'Can view users and subscribers.',
});
