/** A certificate with its RSA key (PKCS#1), PEM. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** The pair that signs service accounts' tokens: PKCS#1 and SubjectPublicKeyInfo, PEM. */
export interface ServiceAccountPair {
  readonly key: string;
  readonly publicKey: string;
}

/** A join token's two halves: `<6>.<16>` of `[a-z0-9]`. */
export interface TokenSecret {
  readonly id: string;
  readonly secret: string;
}

/** Everything random and everything dated of a site. Made once, kept in one bundle; all else follows from it. */
export interface Secrets {
  readonly site: string;
  readonly authorities: {
    readonly kubernetes: Authority;
    readonly frontProxy: Authority;
    readonly etcd: Authority;
  };
  readonly serviceAccounts: ServiceAccountPair;
  /** The client certificate of the admin kubeconfig, signed by the Kubernetes CA. */
  readonly admin: Authority;
  readonly tokens: {
    readonly controller: TokenSecret;
    /** For workers that share one (`workerTokens: shared`). */
    readonly shared: TokenSecret;
    /** By node name, one for every node of role worker. */
    readonly workers: Readonly<Record<string, TokenSecret>>;
  };
  /** What controllers prove to each other when they pass on the virtual address: 8 characters (VRRP, k0s's authPass). */
  readonly vrrpPassword: string;
}
