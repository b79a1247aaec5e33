/** Names that cloud-init's NoCloud knows. */
export type SeedFileName = 'meta-data' | 'user-data' | 'vendor-data' | 'network-config';

/** The files of one node's seed, as text. */
export interface NodeFiles {
  /** The node's name. */
  readonly node: string;
  /** Says which contents these are: other contents, another id. */
  readonly instanceId: string;
  readonly files: Readonly<Record<SeedFileName, string>>;
}
