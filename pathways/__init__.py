"""The pathways that ship with the product, as data. Read by `commands.pathways`; a provider publishes their own beside them."""
