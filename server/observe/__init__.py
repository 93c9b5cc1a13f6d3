"""What the night shift sees: logs, metrics and traces, none of which holds anything of a person.

`logs` writes structlog's JSON through `redact` and `flood`; `metrics` has every counter with its bounded labels;
`traces` sends spans where a collector is set; `middleware` and `watch` feed them; `ops` serves them.
"""
