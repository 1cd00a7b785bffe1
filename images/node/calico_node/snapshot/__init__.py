"""Store events become one valid, typed snapshot, with a flag that says whether it is complete."""
