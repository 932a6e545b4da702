"""What tests of all apps share. Never imported by the product."""
