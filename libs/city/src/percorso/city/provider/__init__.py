"""A provider of identities for the local stack: OpenID Connect as SPID's rules write it, and nobody real."""
