import type { Operation } from './operations.js';

/** The operations on one address. */
function at(address: number) {
  const who = { address, seen: null };
  const report = (kind: 'HARD_BOUNCE' | 'COMPLAINT'): Operation => ({
    do: 'report',
    address,
    report: kind,
    times: 1,
  });
  const add = (requireConfirmation: boolean): Operation => ({
    do: 'add',
    address,
    input: { name: null, tags: [], attributes: {}, requireConfirmation },
  });
  return {
    add: add(false),
    addPending: add(true),
    edit: (name: 'Ada' | 'Grace'): Operation => ({ do: 'update', who, address: null, input: { name } }),
    moveTo: (other: number): Operation => ({ do: 'update', who, address: other, input: {} }),
    bounce: report('HARD_BOUNCE'),
    complain: report('COMPLAINT'),
    unsubscribe: { do: 'unsubscribe', who } satisfies Operation,
    followLink: { do: 'followLink', who } satisfies Operation,
    erase: { do: 'erase', who } satisfies Operation,
    /** A month later. */
    signUpAndConfirm: { do: 'signUp', address, hours: 720, times: 1, opens: true } satisfies Operation,
    /** Too early for a mail to an erased subscriber. */
    signUpAnHourLater: { do: 'signUp', address, hours: 1, times: 1, opens: true } satisfies Operation,
    /** Waits for the mails to the address. */
    receiveMail: { do: 'openMail', address, earlier: Infinity } satisfies Operation,
    openMail: { do: 'openMail', address, earlier: 0 } satisfies Operation,
    import: (
      status: '' | 'PENDING' | 'BOUNCED' | 'UNSUBSCRIBED' | 'COMPLAINED',
      name: 'Ada' | null = null,
    ): Operation => ({
      do: 'import',
      onExisting: 'UPDATE',
      rows: [{ address, name, tags: [], status }],
    }),
  };
}

/** Lives in which staff and the subscriber do everything that they can, between two addresses each. */
function livesByHand(): Operation[][] {
  const [a, b, c, d] = [at(0), at(1), at(2), at(3)];
  return [
    [a.addPending, a.edit('Ada'), a.moveTo(1), b.bounce, b.edit('Grace'), b.moveTo(0)]
      .concat([a.complain, a.edit('Ada'), a.moveTo(1), b.bounce, b.unsubscribe, b.signUpAndConfirm])
      .concat([b.edit('Grace'), b.moveTo(0), a.erase, a.signUpAndConfirm, a.erase])
      .concat([b.add, b.import('UNSUBSCRIBED'), b.erase]),
    [c.add, c.bounce, c.signUpAndConfirm, c.bounce, c.followLink, c.edit('Ada'), c.moveTo(3)].concat([
      d.bounce,
      d.signUpAndConfirm,
      d.complain,
      d.erase,
      c.import('UNSUBSCRIBED'),
      c.complain,
    ]),
  ];
}

/** Lives that imports begin and restrict. */
function livesByImports(): Operation[][] {
  const [a, b, c, d] = [at(0), at(1), at(2), at(3)];
  return [
    [a.import('COMPLAINED')],
    [b.import('BOUNCED'), b.complain, b.erase],
    [c.import(''), c.import('BOUNCED', 'Ada'), c.erase],
    [d.import('PENDING'), d.unsubscribe, d.import('COMPLAINED')],
  ];
}

/** Lives in which an old mail is opened after staff or an import have closed the matter. */
function livesWithOldMails(): Operation[][] {
  const [a, b, c, d] = [at(0), at(1), at(2), at(3)];
  return [
    [a.addPending, a.receiveMail, a.unsubscribe, a.openMail],
    [b.addPending, b.receiveMail, b.complain, b.openMail],
    [c.addPending, c.receiveMail, c.import('UNSUBSCRIBED'), c.openMail],
    [d.addPending, d.receiveMail, d.erase, d.openMail, d.signUpAnHourLater],
  ];
}

/** Histories that together make every transition of the table. No two of their writers use the same address. */
export const TOUR: readonly (readonly (readonly Operation[])[])[] = [
  livesByHand(),
  livesByImports(),
  livesWithOldMails(),
];
