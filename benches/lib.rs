//! Nothing here: the groups of this package are its `[[bench]]` entries.
