"""Pages of parcels, and the page of an order: it shows parcels, which ``orders`` does not know."""
