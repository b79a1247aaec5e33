"""Stands in for k0s where its release cannot be reached: the same command line, files and protocols, no Kubernetes.

Every log line says so. Records are NamedTuples and imports are late throughout: the stand-in is started on
emulated machines, where loading `dataclasses` or `http.server` takes seconds.
"""
