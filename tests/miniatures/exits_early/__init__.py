"""One scenario ends the process as if all were well."""
