import { choice, defaulted, object, optional, required } from '../../yaml/collections.ts';
import { type Decoder, described } from '../../yaml/decoder.ts';
import { only, text } from '../../yaml/scalars.ts';
import { SHA256 } from './names.ts';

/** Where the k0s binary comes from, as written. */
export type WrittenK0s =
  | {
      readonly version: string;
      readonly sha256: { readonly x86_64?: string; readonly arm64?: string };
    }
  | { readonly path: string }
  | { readonly 'stand-in': true };

const K0S_RELEASE = text({
  pattern: /^v\d+\.\d+\.\d+\+k0s\.\d+$/,
  expected: 'a release of k0s, as "v1.33.1+k0s.0"',
});

const DIGESTS = described(
  'Of the release file, by architecture.',
  object({ x86_64: optional(SHA256), arm64: optional(SHA256) }),
);

/** Decodes `k0s` of an image file. */
export const K0S: Decoder<WrittenK0s> = choice<WrittenK0s>({
  version: object({ version: required(K0S_RELEASE), sha256: defaulted(DIGESTS, {}) }),
  path: object({ path: required(text({ pattern: /./, expected: 'the path of a k0s binary' })) }),
  'stand-in': object({ 'stand-in': required(only(true)) }),
});

/** Where the airgap bundle comes from, as written. */
export type WrittenAirgap =
  | {
      readonly sha256: { readonly x86_64?: string; readonly arm64?: string };
      readonly version?: string;
    }
  | { readonly path: string };

/** Decodes `airgap` of an image file. */
export const AIRGAP: Decoder<WrittenAirgap> = choice<WrittenAirgap>({
  sha256: object({
    sha256: required(DIGESTS),
    version: optional(described("Needed only where k0s's own is not said.", K0S_RELEASE)),
  }),
  path: object({
    path: required(text({ pattern: /./, expected: 'the path of an airgap bundle' })),
  }),
});
