import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Written } from './schema.ts';

/** An image file as far as it could be read: what was wrong in itself is reported and absent. */
export type Draft = Partial<Written>;

/** A rule across fields. References into a package index or a kernel are checked where those are read. */
export type Rule = (draft: Draft, sources: Sources, report: Report) => void;
