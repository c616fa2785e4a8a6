import { registerEnumType } from '@nestjs/graphql';
import { ROLES } from '../roles.js';

export const RoleType = Object.fromEntries(ROLES.map((role) => [role, role]));

registerEnumType(RoleType, {
  name: 'Role',
  description: 'A named set of scopes. A user can have several roles.',
  valuesMap: {
    OWNER: { description: 'Can do everything, including changing the roles of users.' },
    ADMIN: { description: 'Can do everything except change the roles of users.' },
    EDITOR: { description: 'Can view users and subscribers, and add and change subscribers.' },
    READER: { description: 'Can view users and subscribers.' },
  },
});
