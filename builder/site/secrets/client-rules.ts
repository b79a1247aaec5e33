import { KilnError } from '../../report/errors.ts';
import { ADMIN } from './complete.ts';

/** X.520's upper bound of common and organization names; OpenSSL and Go check it or not, but others do. */
const MOST_CHARACTERS = 64;

/**
 * Checks whom a certificate is wanted for.
 * @returns warnings
 * @throws KilnError `usage` with everything that is wrong
 */
export function checkClient(user: string, groups: readonly string[]): readonly string[] {
  const errors = [
    ...nameErrors('user', user),
    ...groups.flatMap((group) => nameErrors('group', group)),
    ...systemErrors(user, groups),
  ];
  if (errors.length > 0) {
    throw new KilnError('usage', errors.join('\n       '));
  }
  if (!groups.includes(MASTERS)) return [];
  return [
    `${user} in the group ${MASTERS} may do everything, and no rule of the cluster can forbid it; the certificate ` +
      'cannot be taken back before it ends',
  ];
}

const MASTERS = ADMIN.groups[0];

function nameErrors(kind: 'user' | 'group', name: string): readonly string[] {
  if (name === '' || name.trim() !== name)
    return [`the ${kind} "${name}" is empty or has spaces around it`];
  if (/\p{C}/u.test(name)) return [`the name of a ${kind} has characters that cannot be seen`];
  if (Array.from(name).length <= MOST_CHARACTERS) return [];
  return [`the ${kind} "${name}" is longer than ${MOST_CHARACTERS} characters`];
}

/** Names with this prefix are Kubernetes' own: a certificate for a component or node would be that component. */
function systemErrors(user: string, groups: readonly string[]): readonly string[] {
  const own = (name: string): boolean => name.startsWith('system:');
  return [
    ...(own(user) ? [`the user "${user}" is Kubernetes' own`] : []),
    ...groups
      .filter((group) => own(group) && group !== MASTERS)
      .map((group) => `the group "${group}" is Kubernetes' own; only ${MASTERS} can be given`),
  ];
}
