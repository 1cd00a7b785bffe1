"""Store events become one valid, typed snapshot; it exists only from a whole listing on."""
