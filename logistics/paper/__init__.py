"""Paper: labels, slips and lists as PDF made for the size of the sheet, and ZPL for label printers.

``fonts`` says which font has which character, ``sheet`` draws on one page, ``labels``, ``slips``
and ``stickers`` lay out, ``content`` reads what stands on them, ``print`` makes the file.
"""
