"""What the stand-in says it is: the release whose contract it keeps."""

VERSION = "v1.36.3+k0s.2"
KUBERNETES = "v1.36.3+k0s"
MINOR = "1.36"
NOTICE = "k0s stand-in (not Kubernetes)"
