"""Commands that write: new documents, set values, archive. Each is planned first, then done whole or not at all."""
