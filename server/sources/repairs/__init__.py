"""Applications for credit repair (信用修复): a citizen says that what a record demanded is done, its source answers."""
