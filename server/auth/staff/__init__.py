"""Who works here: accounts, server-side sessions, and sign-in at the city's own OpenID Connect provider.

`service` is the door that everything else uses. `accounts` and `sessions` keep rows; `directory` turns what the
provider says into a person, `signing_in` begins and ends sessions, `revalidation` asks again while one is used.
"""
