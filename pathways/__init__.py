"""The pathways that ship with the product, as data. A provider publishes their own beside them."""
