"""The functions that change orders. Nothing else writes an order's stage."""
