"""Who works here: accounts, server-side sessions, and sign-in at the city's own OpenID Connect provider.

`service` is the door that everything else uses. `accounts` and `sessions` keep rows; `registration` is what the
settings say about the provider, `provider` talks to it, `keys` and `id_tokens` check what it signed, `directory` turns
that into a person, `signing_in` begins and ends sessions, `standing` asks again while one is used.
"""
