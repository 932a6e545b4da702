"""The actions on parcels: pack, ship, upload, void, tracking. The only writers of their state."""
