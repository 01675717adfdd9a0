//! Nothing here: the programs of this package are its `[[example]]` entries.
