"""Who works here: accounts, server-side sessions, and sign-in at the city's own OpenID Connect provider.

`service` is the door that everything else uses. `accounts` and `sessions` keep rows; `provider` talks to the provider,
`keys` and `id_tokens` check what it signed, `directory` turns that into a person, `signing_in` begins and ends
sessions, `revalidation` asks again while one is used.
"""
