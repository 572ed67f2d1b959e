"""Networks from scratch in the manners in which people publish them, and the faults that they publish with them."""
