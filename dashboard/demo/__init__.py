"""A believable shop of our own making, to try the product with. ``manage.py demo`` fills it."""
