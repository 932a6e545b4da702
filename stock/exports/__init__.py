"""Lists of stock that can be had as files."""
