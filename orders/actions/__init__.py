"""The actions on orders. The only writers of an order's stage."""
