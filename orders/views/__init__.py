"""Pages of orders: the list, and actions on many. The page of one order is in
``logistics.views.order``, since it shows parcels, which this app does not know."""
