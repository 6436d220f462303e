"""Login: whom a provider of identities knows becomes a citizen of ours, known by a pseudonym alone."""
