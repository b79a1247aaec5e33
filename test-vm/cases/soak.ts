import test from 'ava';

/** Whether cases run in full, as in `make soak`; `make test` takes their short form, which fits into CI's time. */
export const SOAK = process.env.KILN_SOAK !== undefined;

/** For a test that has no short form. */
export const soakTest = SOAK ? test : test.skip;
